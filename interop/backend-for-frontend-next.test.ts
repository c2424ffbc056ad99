import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort, openTestHouse, type TestHouse, type TestPerson } from '@newel/testing/house'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AppBrowser } from './app-browser.ts'

/** The build reads and writes beside the application, so it gets a copy; within the repository, whose modules it finds. */
const source = fileURLToPath(new URL('./next-app', import.meta.url))
const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'))
const secret = 'next-secret-next-secret-next-secret'

let house: TestHouse
let ada: TestPerson
let folder: string
let server: ChildProcess
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
  folder = await mkdtemp(fileURLToPath(new URL('./.next-app-', import.meta.url)))
  await cp(source, folder, { recursive: true })
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1' }
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: folder, env })
  server = spawn(process.execPath, [next, 'start', '-p', String(port), '-H', 'localhost'], {
    cwd: folder,
    env: {
      ...env,
      NEWEL_TEST_ISSUER: house.issuer,
      NEWEL_TEST_ORIGIN: origin,
      NEWEL_TEST_CLIENT_SECRET: secret,
      NEWEL_TEST_SECRET: 'a secret of this test that is long enough',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of server.stdout ?? []) {
    printed += String(chunk)
    if (printed.includes('Ready')) break
  }
}, 180_000)

afterAll(async () => {
  if (server.exitCode === null) {
    server.kill()
    await once(server, 'exit')
  }
  await rm(folder, { recursive: true, force: true })
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
