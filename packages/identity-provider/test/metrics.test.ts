import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  type IdentityProvider,
  type ProviderMetrics,
  createIdentityProvider,
  createProviderMetrics,
  createSealer,
  openSqliteStore,
} from '@newel/identity-provider'
import { type PolicyDocument, parsePolicyDocument } from '@newel/policy-document'
import { type TestHouse, formsOf, requestTokens, totpCode } from '@newel/testing/house'
import {
  ask,
  clientSecrets,
  journey,
  openStepUpHouse,
  pass,
  stepUpDocument,
} from './step-up-house.ts'

let house: TestHouse
let provider: IdentityProvider
let metrics: ProviderMetrics

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ['Date'] })
  const sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ path: ':memory:', sealer })
  house = await openStepUpHouse({ sealer, store })
  await house.provider.close()
  metrics = createProviderMetrics({ nodeMetrics: false })
  const { document } = house
  provider = await createIdentityProvider({ document, store, sealer, clientSecrets, metrics })
  await provider.listen({ port: Number(new URL(house.issuer).port) })
})
afterEach(async () => {
  vi.useRealTimers()
  await provider.close()
  await house.close()
})

/** The value of one series, or undefined. */
async function valueOf(series: string): Promise<number | undefined> {
  const { body } = await metrics.text()
  const line = body.split('\n').find((told) => told.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1))
}

async function totalOf(name: string): Promise<number> {
  const { body } = await metrics.text()
  const lines = body.split('\n').filter((line) => line.startsWith(`${name}{`))
  return lines.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0)
}

describe('the metrics', () => {
  it('count a step-up when it is asked and when it is completed, and time it', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    expect(await totalOf('newel_step_ups_asked_total')).toBe(0)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    expect(page.method).toBe('totp')
    expect(await valueOf('newel_step_ups_asked_total{level="mfa",client="web"}')).toBe(1)
    expect(await totalOf('newel_step_ups_completed_total')).toBe(0)
    pass(20)
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    const completed = 'newel_step_ups_completed_total{level="mfa",method="totp",client="web"}'
    expect(await valueOf(completed)).toBe(1)
    expect(await valueOf('newel_step_up_seconds_count{level="mfa"}')).toBe(1)
    // Held now: nothing is asked, and nothing is completed.
    await journey(house, visitor, ada, { acr_values: 'mfa' })
    expect(await valueOf(completed)).toBe(1)
    expect(await valueOf('newel_logins_total{method="password",client="web"}')).toBe(1)
  })

  it('time a step-up from its question, whatever node it is answered on', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { acr_values: 'mfa' })
    pass(25)
    await visitor.submit(page, { code: totpCode(ada.totpKey, Math.floor(Date.now() / 1000)) })
    expect(await valueOf('newel_step_up_seconds_sum{level="mfa"}')).toBe(25)
  })

  it('count a step-up that is cancelled or out of reach, with the reason', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    // Cancelling the sign-in is none.
    await visitor.press((await ask(house, house.visitor(), {})).page, 'Cancel')
    expect(await totalOf('newel_step_ups_failed_total')).toBe(0)
    await journey(house, visitor, ada)
    await visitor.press((await ask(house, visitor, { acr_values: 'mfa' })).page, 'Cancel')
    expect(
      await valueOf('newel_step_ups_failed_total{level="mfa",reason="cancelled",client="web"}'),
    ).toBe(1)
    await ask(house, visitor, { acr_values: 'phr', prompt: 'none' })
    expect(await totalOf('newel_step_ups_failed_total')).toBe(1)
    const { page } = await ask(house, visitor, { acr_values: 'phr' })
    const token = formsOf(page)[0]?.fields['csrf_token'] ?? ''
    await visitor.post(new URL(`${page.url.pathname}/give-up`, page.url), { csrf_token: token })
    expect(
      await valueOf('newel_step_ups_failed_total{level="phr",reason="unreachable",client="web"}'),
    ).toBe(1)
  })

  it('count wrong answers, locks, tokens and refreshes', async () => {
    const ada = await house.addPerson('ada', { totp: true })
    const visitor = house.visitor()
    const tokens = await journey(house, visitor, ada)
    await requestTokens(house, {
      grant_type: 'refresh_token',
      client_id: 'web',
      refresh_token: String(tokens.raw['refresh_token']),
    })
    await requestTokens(house, { grant_type: 'made_up', client_id: 'web' })
    expect(
      await valueOf('newel_tokens_issued_total{grant="authorization_code",client="web"}'),
    ).toBe(1)
    expect(await valueOf('newel_tokens_issued_total{grant="refresh_token",client="web"}')).toBe(1)
    expect(await valueOf('newel_tokens_refused_total{error="unsupported_grant_type"}')).toBe(1)
    let { page } = await ask(house, visitor, { acr_values: 'mfa' })
    const { attempts } = house.document.lockout
    for (let wrong = 0; wrong < attempts; wrong += 1) {
      page = await visitor.submit(page, { code: 'abcdef' })
    }
    expect(await valueOf('newel_locks_total{method="totp"}')).toBe(1)
    expect(await totalOf('newel_proofs_refused_total')).toBe(attempts)
  })

  it('time requests by their route, and calls to the store', async () => {
    const ada = await house.addPerson('ada')
    await journey(house, house.visitor(), ada)
    const token = 'newel_request_seconds_count{method="POST",route="/token",status="2xx"}'
    await expect.poll(async () => valueOf(token)).toBe(1)
    expect(
      await valueOf('newel_store_seconds_count{part="accounts",call="byUsername"}'),
    ).toBeGreaterThan(0)
    expect(await valueOf('newel_hash_wait_seconds_count')).toBe(1)
    expect(await valueOf('newel_hashes_waiting')).toBe(0)
  })

  it('outlive a document, and name what the new one names', async () => {
    const ada = await house.addPerson('ada')
    await journey(house, house.visitor(), ada)
    await provider.reload({ document: withClient('later'), clientSecrets })
    await journey(house, house.visitor(), ada)
    expect(await valueOf('newel_logins_total{method="password",client="web"}')).toBe(2)
    await journey(house, house.visitor(), ada, { client_id: 'later' })
    expect(await valueOf('newel_logins_total{method="password",client="later"}')).toBe(1)
  })

  it('have no label that a stranger can make up', async () => {
    for (let one = 0; one < 5; one += 1) {
      await fetch(new URL(`/made/up/${one}`, house.issuer))
      await requestTokens(house, { grant_type: `made_up_${one}`, client_id: `made-up-${one}` })
      await fetch(
        new URL(`/authorize?client_id=web&acr_values=made-up-${one}&state=${one}`, house.issuer),
        { redirect: 'manual' },
      )
    }
    const { body } = await metrics.text()
    expect(body).not.toMatch(/made/)
  })
})

it('the page for the operator lists every metric, and no other', async () => {
  const page = await readFile(join(import.meta.dirname, '../../../docs/operate.md'), 'utf8')
  const listed = [...page.matchAll(/^\| `(newel_\w+)`/gm)].map(([, name]) => name)
  const { body } = await metrics.text()
  const told = [...body.matchAll(/^# TYPE (\w+) /gm)].map(([, name]) => name)
  expect(told.length).toBeGreaterThan(10)
  expect(new Set(listed)).toEqual(new Set(told))
})

function withClient(id: string): PolicyDocument {
  const text = stepUpDocument({ issuer: house.issuer, redirectUri: house.redirectUri })
  const parsed = parsePolicyDocument(text.replace('id: second', `id: ${id}`))
  if (!parsed.ok) throw new Error('the document of the test has problems')
  return parsed.document
}
