import { expect, it } from 'vitest'
import { FakeBrowser, FakeWindow } from '../../test/fake-browser.ts'
import { FixedClock } from '../../test/fixed-clock.ts'
import { deferStepUps } from './deferred-step-ups.ts'
import { settingsFrom } from './options.ts'
import type { Provider } from './provider.ts'
import { createProvider } from './provider.ts'
import { createTokenStore } from './token-store.ts'

const issuer = 'https://id.example'
const origin = 'https://bank.example'
const settings = settingsFrom({
  issuer,
  clientId: 'bank',
  redirectUri: `${origin}/callback`,
  apiOrigins: [],
  host: new FakeWindow(new FakeBrowser(new FixedClock()), origin),
})

/** Step-ups with a provider that says this of itself, whose code comes as it is told. */
function deferred(metadata?: object, ...codes: Parameters<typeof deferStepUps>[3][]) {
  const asked = createProvider(settings, async () => {})
  const provider: Provider = { ...asked, metadata: metadata && { issuer, ...metadata } }
  const store = createTokenStore(settings, provider, () => undefined)
  return deferStepUps(settings, provider, store, () =>
    (codes.shift() ?? (() => import('./step-up-part.ts')))(),
  )
}

const transaction = {
  state: 'r.s',
  nonce: 'n',
  verifier: 'v',
  purpose: 'login',
  requirement: { acrValues: ['mfa'] },
  beganAt: 100,
  returnTo: '/',
} as const
const tokens = {
  accessToken: 'a',
  session: { subject: 'ada', acr: 'phr', authTime: 100 },
  issuedAt: 100,
  clockOffsetSeconds: 0,
}

it('whose code does not come fail as `provider_unavailable`, and are asked for again', async () => {
  const stepUps = deferred({}, () => Promise.reject(new TypeError('not found')))
  await expect(stepUps.load()).rejects.toMatchObject({
    code: 'provider_unavailable',
    retryable: true,
  })
  expect(stepUps.ready).toBeUndefined()
  await stepUps.load()
  expect(stepUps.ready).toBeDefined()
})

it('let no answer pass that asked for a level while their code does not come', async () => {
  const stepUps = deferred({}, () => Promise.reject(new TypeError('not found')))
  await expect(stepUps.hold(transaction, tokens)).rejects.toMatchObject({
    code: 'provider_unavailable',
  })
})

it('judge by the order that the provider publishes, and by equality where it contradicts itself', async () => {
  const mfa = { acr: 'mfa', lifetime: 60, satisfies: [] }
  const phr = { acr: 'phr', lifetime: 60, satisfies: ['mfa'] }
  await deferred({ newel_levels: [mfa, phr] }).hold(transaction, tokens)
  for (const metadata of [
    {},
    { newel_levels: [phr] },
    { newel_levels: [mfa, phr, phr] },
    undefined,
  ]) {
    await expect(deferred(metadata).hold(transaction, tokens)).rejects.toMatchObject({
      code: 'step_up_unmet',
    })
  }
})
