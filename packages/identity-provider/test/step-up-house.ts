import { vi } from 'vitest'
import {
  type AuthorizationAttempt,
  type IssuedTokens,
  type TestHouse,
  type TestHouseOptions,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPages,
  authorizationRequest,
  formsOf,
  openTestHouse,
  redeem,
  totpCode,
} from '@newel/testing/house'
import { addressKey } from '../src/interaction/attempts.ts'

export interface StepUpHouseChanges extends Omit<TestHouseOptions, 'clientSecrets'> {
  readonly mfaLifetime?: string
  /** Further sections of the document. */
  readonly enrolment?: string
}

/** The house in which the provider's rules are proved: the levels of the design, and a client for each kind of asking. */
export async function openStepUpHouse(changes: StepUpHouseChanges = {}): Promise<TestHouse> {
  return openTestHouse((addresses) => stepUpDocument(addresses, changes), {
    ...changes,
    clientSecrets,
  })
}

export const clientSecrets: ReadonlyMap<string, string> = new Map([
  ['api', 'api-secret-api-secret-api-secret-1'],
])

export function stepUpDocument(
  { issuer, redirectUri }: { readonly issuer: string; readonly redirectUri: string },
  changes: StepUpHouseChanges = {},
): string {
  return `
issuer: ${issuer}
name: Newel Test
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, password + security-key, passkey], lifetime: ${changes.mfaLifetime ?? '15m'} }
  phishing-resistant: { acr: phr, accepts: [passkey, password + security-key], lifetime: 5m }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, minimum: basic, resources: ['https://api.test'], scopes: [openid, accounts] }
  - { id: second, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'], scopes: [openid, accounts] }
  - { id: guarded, type: spa, redirectUris: ['${redirectUri}'], default: mfa, minimum: mfa }
  - { id: easy, type: spa, redirectUris: ['${redirectUri}'], acrValues: voluntary, default: basic }
  - { id: plain, type: spa, redirectUris: ['${redirectUri}'] }
  - { id: api, type: confidential, secret: { env: API_SECRET }, redirectUris: ['${redirectUri}'], resources: ['https://api.test'] }
${changes.enrolment ?? ''}
`
}

export const resource = 'https://api.test'

export interface Asked {
  readonly page: VisitedPage
  readonly attempt: AuthorizationAttempt
}

/** Opens an authorization request: the page says what the provider asks, or the address how it ended. */
export async function ask(
  house: TestHouse,
  visitor: Visitor,
  parameters: Readonly<Record<string, string>>,
): Promise<Asked> {
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource,
    scope: 'openid accounts',
    ...parameters,
  })
  return { attempt, page: await visitor.get(attempt.url) }
}

export interface SteppedUp extends IssuedTokens {
  readonly asked: readonly string[]
  readonly page: VisitedPage
}

/** The whole journey: request, answers, tokens. */
export async function journey(
  house: TestHouse,
  visitor: Visitor,
  person: TestPerson,
  parameters: Readonly<Record<string, string>> = {},
): Promise<SteppedUp> {
  const { page, attempt } = await ask(house, visitor, parameters)
  const answered = await answerPages(visitor, page, person)
  const tokens = await redeem(house, parameters.client_id ?? 'web', attempt, answered.page)
  return { ...tokens, ...answered }
}

/** Somebody's browser, after a login. */
export async function signedIn(house: TestHouse, person: TestPerson): Promise<Visitor> {
  const visitor = house.visitor()
  await journey(house, visitor, person)
  return visitor
}

/** What the page's forms carry against requests that another site makes a browser send. */
export function csrfToken(page: VisitedPage): string {
  return formsOf(page)[0]?.fields['csrf_token'] ?? ''
}

/** One-time codes that are wrong now, as many as asked. */
export function wrongCodes(person: TestPerson, count: number): readonly string[] {
  const right = new Set([-30, 0, 30].map((skew) => totpCode(person.totpKey, now() + skew)))
  return Array.from({ length: count + 3 }, (_, index) => String(index).padStart(6, '0'))
    .filter((code) => !right.has(code))
    .slice(0, count)
}

export function wrongCode(person: TestPerson): string {
  return wrongCodes(person, 1)[0] ?? ''
}

/** Everybody in a test is of one address, and is counted together: what others got wrong there is no longer held against it. */
export async function forgetAttempts({ store }: Pick<TestHouse, 'store'>): Promise<void> {
  for (const address of ['127.0.0.1', '::1']) await store.attempts.clear(addressKey(address))
}

/** How the visitor was sent back: the error, or `code`. */
export function outcome(page: VisitedPage): string {
  // The address of a page of ours may have a `code` too: that of an upstream.
  if (page.page !== undefined) return `page ${page.page}`
  const { searchParams } = page.url
  return (
    searchParams.get('error') ??
    (searchParams.has('code') ? 'code' : `page ${page.page ?? page.status}`)
  )
}

export function now(): number {
  return Math.floor(Date.now() / 1000)
}

/** Lets time pass, in seconds. The clock is a fake one. */
export function pass(seconds: number): void {
  vi.setSystemTime(Date.now() + seconds * 1000)
}
