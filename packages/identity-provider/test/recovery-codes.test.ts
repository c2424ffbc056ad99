import { randomBytes } from 'node:crypto'
import { createAuthenticators, createPeople, createSealer } from '@newel/identity-provider'
import {
  type TestHouse,
  type TestPerson,
  authorizationRequest,
  openTestHouse,
  redeem,
} from '@newel/testing/house'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'

describe('a recovery code in a step-up', () => {
  const sealer = createSealer(randomBytes(32))
  let house: TestHouse
  let ada: TestPerson
  let codes: readonly string[]
  beforeEach(async () => {
    house = await openTestHouse(
      ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, password + recovery-code, passkey], lifetime: 15m }
  phishing-resistant: { acr: phr, accepts: [passkey], lifetime: 5m, satisfies: [mfa, basic] }
methods: { recovery-code: { highest: mfa } }
lockout: { attempts: 3 }
clients:
  - { id: web, redirectUris: ['${redirectUri}'] }
`,
      { sealer },
    )
    ada = await house.addPerson('ada')
    const { store } = house
    const random = randomBytes
    const authenticators = createAuthenticators({
      store,
      sealer,
      random,
      rpId: 'localhost',
      origins: [house.issuer],
      rpName: 'Test',
    })
    const clock = (): number => Math.floor(Date.now() / 1000)
    codes = await createPeople({ store, authenticators, random, clock }).newRecoveryCodes('ada')
  })
  afterEach(async () => house.close())

  async function steppingUp(acr: string): Promise<{
    visitor: ReturnType<TestHouse['visitor']>
    attempt: ReturnType<typeof authorizationRequest>
    page: Awaited<ReturnType<ReturnType<TestHouse['visitor']>['get']>>
  }> {
    const visitor = house.visitor()
    const attempt = authorizationRequest(house, { client_id: 'web', acr_values: acr })
    const login = await visitor.get(attempt.url)
    const { username, password } = ada
    return { visitor, attempt, page: await visitor.submit(login, { username, password }) }
  }

  test('reaches a level that names it', async () => {
    const { visitor, attempt, page } = await steppingUp('mfa')
    expect(page).toMatchObject({ page: 'step-up', method: 'recovery-code' })
    const { idToken } = await redeem(
      house,
      'web',
      attempt,
      await visitor.submit(page, { code: codes[0] ?? '' }),
    )
    expect(idToken).toMatchObject({ acr: 'mfa' })
    expect(idToken['amr']).toEqual(['pwd', 'otp', 'mfa'])
  })

  test('never reaches the phishing-resistant level (behaviour 27)', async () => {
    const { page } = await steppingUp('phr')
    expect(page.method).not.toBe('recovery-code')
    expect(page.page).toBe('unreachable')
  })

  test('that was used in one browser is refused in another', async () => {
    const first = await steppingUp('mfa')
    await first.visitor.submit(first.page, { code: codes[0] ?? '' })
    const second = await steppingUp('mfa')
    const refused = await second.visitor.submit(second.page, { code: codes[0] ?? '' })
    expect(refused).toMatchObject({ page: 'step-up', status: 422 })
    expect(house.events).toContainEqual(
      expect.objectContaining({ type: 'proof_refused', reason: 'replayed' }),
    )
  })

  test('that is wrong counts towards the lockout, which leaves the session (behaviour 31)', async () => {
    const { visitor, page } = await steppingUp('mfa')
    let current = page
    for (let count = 0; count < 3; count += 1) {
      current = await visitor.submit(current, { code: '0000-0000-0000-0000' })
    }
    expect(current).toMatchObject({ page: 'locked', method: 'recovery-code' })
    expect(house.events).toContainEqual(
      expect.objectContaining({ type: 'method_locked', method: 'recovery-code' }),
    )
  })

  test('is not offered for setting up on the way: it stands in for a factor that is there', async () => {
    const [set] = (await house.store.credentials.forAccount(ada.accountId)).filter(
      ({ method }) => method === 'recovery-code',
    )
    await house.store.credentials.remove(set?.id ?? '')
    const { page } = await steppingUp('mfa')
    expect(page.page).toBe('unreachable')
    expect(page.html).not.toContain('value="recovery-code"')
  })
})
