import { freePort, openTestHouse, type TestHouse, type TestPerson } from '@newel/testing/house'
import { type RunningNext, startNext } from '@newel/testing/next'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppBrowser } from './app-browser.ts'

const secret = 'next-secret-next-secret-next-secret'

let house: TestHouse
let ada: TestPerson
let app: RunningNext
let origin: string

beforeAll(async () => {
  const port = await freePort()
  origin = `http://localhost:${port}`
  house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
clients:
  - { id: next, type: confidential, dpop: required, secret: { env: NEXT_SECRET }, redirectUris: ['${origin}/bff/callback'], default: basic }
`,
    { clientSecrets: new Map([['next', secret]]) },
  )
  ada = await house.addPerson('ada', { totp: true })
  app = await startNext(new URL('./next-app', import.meta.url), port, {
    NEWEL_TEST_ISSUER: house.issuer,
    NEWEL_TEST_ORIGIN: origin,
    NEWEL_TEST_CLIENT_SECRET: secret,
    NEWEL_TEST_SECRET: 'a secret of this test that is long enough',
  })
}, 180_000)

afterAll(async () => {
  await app.close()
  await house.close()
})

const form = (iban: string) => ({
  method: 'POST',
  body: `iban=${iban}`,
  headers: { origin, 'content-type': 'application/x-www-form-urlencoded' },
})

describe('a backend in Next.js, built and started', () => {
  it('logs in, parks a form, steps up, acts on it once, tells scripts, and logs out', async () => {
    const browser = new AppBrowser(origin, house, ada)
    const details = async () =>
      (await (await browser.script('/details')).json()) as { subject: unknown; changes: string[] }
    expect(await details()).toEqual({ subject: null, changes: [] })
    const refused = await browser.navigate('/details', form('DE01'))
    expect(refused.headers.get('location')).toContain('/bff/login')

    const login = await browser.answer(await browser.navigate('/bff/login?return_to=/details'))
    expect(login).toEqual({ asked: ['login:password'], to: '/details' })
    expect(await details()).toEqual({ subject: ada.accountId, changes: [] })
    const told = await browser.script('/details', form('DE02'))
    expect([told.status, await told.json()]).toMatchObject([401, { error: 'step_up_required' }])

    const { asked, to } = await browser.answer(await browser.navigate('/details', form('DE03')))
    expect(asked).toEqual(['step-up:totp'])
    const page = await browser.navigate(to)
    const [, action = ''] = /action="([^"]*)"/.exec(await page.text()) ?? []
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
    const done = await browser.navigate(action, { ...form(''), body: '' })
    expect([done.status, done.headers.get('location')]).toEqual([303, `${origin}/details`])
    const again = await browser.navigate(action, { ...form(''), body: '' })
    expect(again.headers.get('location')).toContain('bff_error=transaction_unknown')
    expect((await browser.script('/details', form('DE04'))).status).toBe(303)
    expect((await details()).changes).toEqual([
      `DE03 by ${ada.accountId}`,
      `DE04 by ${ada.accountId}`,
    ])
    expect(await browser.session()).toMatchObject({ authenticated: true, acr: 'mfa' })

    const evil = { ...form('DE05'), headers: { origin: 'https://evil.test' } }
    expect((await browser.send('/details', evil)).status).toBe(403)
    expect((await browser.script('/bff/logout', { method: 'POST' })).status).toBe(200)
    expect(await browser.session()).toEqual({ authenticated: false })
    expect((await browser.script('/details', form('DE06'))).status).toBe(401)
  })
})
