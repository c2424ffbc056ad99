import {
  type TestPerson,
  Visitor,
  authorizationRequest,
  redeem,
  requestTokens,
  totpCode,
} from '@newel/testing/house'
import { redirectUri, resource } from './policy.ts'

/** Somebody who is signed in. */
export interface SignedIn {
  readonly person: TestPerson
  readonly visitor: Visitor
}

type Answer = Parameters<typeof redeem>[3]

export async function signIn(issuer: string, person: TestPerson): Promise<SignedIn> {
  const visitor = new Visitor(issuer)
  const attempt = request(issuer, {})
  const page = await visitor.get(attempt.url)
  const { username, password } = person
  await tokens(issuer, attempt, await visitor.submit(page, { username, password }), 'basic')
  return { person, visitor }
}

/** In a live session: nothing is asked. */
export async function codeFlow(issuer: string, visitor: Visitor): Promise<string> {
  const attempt = request(issuer, {})
  return tokens(issuer, attempt, await visitor.get(attempt.url), undefined)
}

/** Request, page, code, redirect, tokens. */
export async function stepUp(issuer: string, { visitor, person }: SignedIn): Promise<void> {
  const attempt = request(issuer, { acr_values: 'mfa' })
  const page = await visitor.get(attempt.url)
  const code = totpCode(person.totpKey, Math.floor(Date.now() / 1000))
  await tokens(issuer, attempt, await visitor.submit(page, { code }), 'mfa')
}

/** Tells the next refresh token. */
export async function refresh(issuer: string, refreshToken: string): Promise<string> {
  const { raw, status } = await requestTokens(
    { issuer },
    { grant_type: 'refresh_token', client_id: 'web', refresh_token: refreshToken, resource },
  )
  if (typeof raw['refresh_token'] !== 'string') throw new Error(`refresh: ${status}`)
  return raw['refresh_token']
}

function request(
  issuer: string,
  parameters: Readonly<Record<string, string>>,
): ReturnType<typeof authorizationRequest> {
  return authorizationRequest(
    { issuer, redirectUri },
    { client_id: 'web', resource, scope: 'openid accounts', ...parameters },
  )
}

async function tokens(
  issuer: string,
  attempt: ReturnType<typeof authorizationRequest>,
  answer: Answer,
  acr: string | undefined,
): Promise<string> {
  const code = answer.url.searchParams.get('code')
  if (code === null) {
    throw new Error(answer.url.searchParams.get('error') ?? `${answer.page}: ${answer.status}`)
  }
  const { accessToken, raw, status } = await redeem({ issuer, redirectUri }, 'web', attempt, answer)
  if (status !== 200) throw new Error(`tokens: ${status}`)
  if (acr !== undefined && accessToken['acr'] !== acr) throw new Error(`not ${acr}`)
  return String(raw['refresh_token'])
}
