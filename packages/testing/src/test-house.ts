import { createHash, randomBytes } from 'node:crypto'
import {
  type IdentityProvider,
  type Mailer,
  type ProviderEvent,
  type Sealer,
  type Store,
  createIdentityProvider,
  createSealer,
  createSmtpMailer,
  openSqliteStore,
  createAuthenticators,
} from '@newel/identity-provider'
import { type PolicyDocument, formatProblem, parsePolicyDocument } from '@newel/policy-document'
import { type VisitedPage, Visitor } from './visitor.ts'
import { freePort } from './free-port.ts'
import { type TestPerson, addTestPerson } from './test-person.ts'

/** A real provider on loopback, with its store in memory. */
export interface TestHouse {
  readonly issuer: string
  readonly document: PolicyDocument
  readonly store: Store
  readonly provider: IdentityProvider
  readonly events: readonly ProviderEvent[]
  /** An address at which nobody listens: visitors stop there. */
  readonly redirectUri: string
  /** A person with a password and, where `totp`, a one-time-code app; tells the account and the app's key. */
  addPerson(
    username: string,
    options?: { readonly totp?: boolean; readonly email?: string },
  ): Promise<TestPerson>
  visitor(): Visitor
  close(): Promise<void>
}

export interface TestHouseOptions {
  readonly clientSecrets?: ReadonlyMap<string, string>
  readonly upstreamSecrets?: ReadonlyMap<string, string>
  /** What `registration.initialAccessToken` refers to. */
  readonly registrationToken?: string
  /** Default: one in memory. */
  readonly store?: Store
  /** Default: one of a random key. */
  readonly sealer?: Sealer
  /** Default: what `mail` of the document says, without a login. */
  readonly mailer?: Mailer
  /** The file of `branding.logo`. Absent: none. */
  readonly logo?: Uint8Array
  /** Closing the house leaves the store open. */
  readonly keepStore?: boolean
  /** Default: a free one. */
  readonly port?: number
  /** Path of the issuer, such as `/auth`. Default: none. */
  readonly path?: string
}

/** `yaml`: the document, given the issuer and the redirect URI. */
export async function openTestHouse(
  yaml: (addresses: { readonly issuer: string; readonly redirectUri: string }) => string,
  options: TestHouseOptions = {},
): Promise<TestHouse> {
  const port = options.port ?? (await freePort())
  const origin = `http://localhost:${port}`
  const issuer = `${origin}${options.path ?? ''}`
  const redirectUri = 'http://localhost:9/callback'
  const parsed = parsePolicyDocument(yaml({ issuer, redirectUri }))
  if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
  const sealer = options.sealer ?? createSealer(randomBytes(32))
  const store = options.store ?? (await openSqliteStore({ path: ':memory:', sealer }))
  const events: ProviderEvent[] = []
  const { mail } = parsed.document
  const mailer = options.mailer ?? (mail && createSmtpMailer({ config: mail }))
  const provider = await createIdentityProvider({
    document: parsed.document,
    store,
    sealer,
    observe: (event) => {
      events.push(event)
    },
    ...(mailer && { mailer }),
    ...(options.logo && { logo: options.logo }),
    ...(options.registrationToken !== undefined && {
      registrationToken: options.registrationToken,
    }),
    ...(options.clientSecrets === undefined ? {} : { clientSecrets: options.clientSecrets }),
    ...(options.upstreamSecrets && { upstreamSecrets: options.upstreamSecrets }),
  })
  await provider.listen({ port })
  const authenticators = createAuthenticators({
    store,
    sealer,
    rpId: 'localhost',
    origins: [origin],
    rpName: 'Test',
    random: randomBytes,
  })

  return {
    issuer,
    document: parsed.document,
    store,
    provider,
    events,
    redirectUri,
    addPerson: async (username, { totp = false, email } = {}) =>
      addTestPerson({ store, authenticators }, username, {
        totp,
        ...(email === undefined ? {} : { email }),
        now: Math.floor(Date.now() / 1000),
      }),
    visitor: () => new Visitor(origin),
    async close() {
      await provider.close()
      if (options.keepStore !== true) await store.close()
    },
  }
}

/** Where a visitor who wants a code is sent, and what redeems it. */
export interface AuthorizationAttempt {
  readonly url: URL
  readonly verifier: string
  readonly state: string
}

export function authorizationRequest(
  house: Pick<TestHouse, 'issuer' | 'redirectUri'>,
  parameters: Readonly<Record<string, string>>,
): AuthorizationAttempt {
  const verifier = randomBytes(32).toString('base64url')
  const state = randomBytes(8).toString('base64url')
  const url = new URL(`${house.issuer}/authorize`)
  url.search = new URLSearchParams({
    response_type: 'code',
    scope: 'openid',
    redirect_uri: house.redirectUri,
    state,
    nonce: state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...parameters,
  }).toString()
  return { url, verifier, state }
}

export interface IssuedTokens {
  readonly status: number
  readonly accessToken: Readonly<Record<string, unknown>>
  readonly idToken: Readonly<Record<string, unknown>>
  readonly raw: Readonly<Record<string, unknown>>
}

export async function redeem(
  house: Pick<TestHouse, 'issuer' | 'redirectUri'>,
  clientId: string,
  attempt: AuthorizationAttempt,
  answer: VisitedPage,
): Promise<IssuedTokens> {
  return requestTokens(house, {
    grant_type: 'authorization_code',
    client_id: clientId,
    code: answer.url.searchParams.get('code') ?? '',
    redirect_uri: house.redirectUri,
    code_verifier: attempt.verifier,
  })
}

export async function requestTokens(
  house: Pick<TestHouse, 'issuer'>,
  parameters: Readonly<Record<string, string>>,
): Promise<IssuedTokens> {
  const response = await fetch(`${house.issuer}/token`, {
    method: 'POST',
    body: new URLSearchParams(parameters),
  })
  const raw = (await response.json()) as Record<string, unknown>
  return {
    status: response.status,
    raw,
    accessToken: claimsOf(raw.access_token),
    idToken: claimsOf(raw.id_token),
  }
}

/** The claims of a JWT, unverified: for looking at what was issued. */
function claimsOf(token: unknown): Readonly<Record<string, unknown>> {
  if (typeof token !== 'string' || token.split('.').length !== 3) return {}
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as Record<
    string,
    unknown
  >
}
