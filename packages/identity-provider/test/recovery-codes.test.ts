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

  describe('made on the account pages', () => {
    const codesOn = (page: { readonly html: string }): readonly string[] =>
      [...page.html.matchAll(/<code>([0-9A-Z-]{19})<\/code>/g)].map(([, code]) => code ?? '')

    async function signedIn(): Promise<ReturnType<TestHouse['visitor']>> {
      const visitor = house.visitor()
      const login = await visitor.get('/account')
      await visitor.submit(login, { username: ada.username, password: ada.password })
      return visitor
    }

    async function opened(
      visitor: ReturnType<TestHouse['visitor']>,
    ): Promise<Awaited<ReturnType<typeof visitor.get>>> {
      let page = await visitor.get('/account/add?method=recovery-code')
      // The strongest fresh proof comes first (behaviour 24).
      if (page.method === 'password') page = await visitor.submit(page, { password: ada.password })
      if (page.page === 'step-up') page = await visitor.submit(page, { code: codes[0] ?? '' })
      return page
    }

    test('take the place of the set before, once they were kept', async () => {
      const visitor = await signedIn()
      const page = await opened(visitor)
      expect(page.page).toBe('recovery-codes')
      expect(page.headers.get('cache-control')).toContain('no-store')
      const fresh = codesOn(page)
      expect(fresh).toHaveLength(10)
      const before = await house.store.credentials.forAccount(ada.accountId)
      const done = await visitor.press(page, 'I have kept them')
      expect(done.page).toBe('account')
      expect(done.html).toMatch(/codes left:\s+10/)
      const after = await house.store.credentials.forAccount(ada.accountId)
      expect(after).toHaveLength(before.length)
      expect(after).not.toEqual(before)
      const again = await steppingUp('mfa')
      const old = await again.visitor.submit(again.page, { code: codes[1] ?? '' })
      expect(old).toMatchObject({ page: 'step-up', status: 422 })
      const { url } = await again.visitor.submit(old, { code: fresh[0] ?? '' })
      expect(url.searchParams.has('code')).toBe(true)
    })

    test('are those of the page that was kept, never of another tab', async () => {
      const visitor = await signedIn()
      const first = await opened(visitor)
      const second = await opened(visitor)
      expect(codesOn(second)).not.toEqual(codesOn(first))
      const refused = await visitor.press(first, 'I have kept them')
      expect(refused).toMatchObject({ page: 'recovery-codes', status: 422 })
      const [set] = (await house.store.credentials.forAccount(ada.accountId)).filter(
        ({ method }) => method === 'recovery-code',
      )
      expect(set?.data).toMatchObject({ used: [0] })
    })
  })
})
