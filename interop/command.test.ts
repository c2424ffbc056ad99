import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { serve } from '@hono/node-server'
import { Hono } from 'hono'
import { decodeJwt } from 'jose'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/hono'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  answerPage,
  freePort,
  openTestHouse,
  totpCode,
} from '@newel/testing/house'
import { closeServer } from './static-pages.ts'

let house: TestHouse
let api: { readonly origin: string; readonly calls: string[]; close(): Promise<void> }
let folder: string
let ada: TestPerson
let visitor: Visitor
/** What the commands said while another process asked. */
let waits: string[]
let people = 0
/** Links that the person was shown for a step-up. */
let asked: number
/** What the person does on the page of a step-up. */
let answer: (page: VisitedPage) => Promise<VisitedPage>

beforeAll(async () => {
  const port = await freePort()
  const origin = `http://localhost:${port}`
  house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, passkey], lifetime: 15m }
resources:
  - { id: '${origin}', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: command, name: Bank command, type: public, dpop: required, redirectUris: ['http://127.0.0.1/callback'], default: basic, resources: ['${origin}'] }
`,
  )
  api = await serveApi(port, origin)
})
afterAll(async () => {
  await api.close()
  await house.close()
})
beforeEach(async () => {
  people += 1
  asked = 0
  waits = []
  api.calls.length = 0
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
  folder = await mkdtemp(join(tmpdir(), 'newel-command-'))
  answer = async (page) => answerPage(visitor, page, ada)
  expect(await command('login')).toEqual({ acr: 'basic' })
})
afterEach(async () => {
  await rm(folder, { recursive: true })
})

/** An API that takes bound tokens, and proofs that repeat its nonce. */
async function serveApi(port: number, origin: string) {
  const guards = await createResourceServer({
    issuer: house.issuer,
    audience: origin,
    allowInsecureIssuer: true,
    dpop: { nonceSecret: crypto.getRandomValues(new Uint8Array(32)) },
  })
  const calls: string[] = []
  const app = new Hono()
  app.use('*', async (c, next) => {
    await next()
    const [scheme = ''] = (c.req.header('authorization') ?? '').split(' ')
    calls.push(`${scheme} ${c.res.status}`)
  })
  app.put('/accounts', protect(guards.require()), (c) => c.json({}))
  app.put('/details', protect(guards.require({ acr: 'mfa', maxAge: 600 })), (c) => c.json({}))
  app.put('/now', protect(guards.require({ acr: 'mfa', maxAge: 0 })), (c) => c.json({}))
  const server = serve({ fetch: app.fetch, port, hostname: 'localhost' })
  return {
    origin,
    calls,
    close: async () => closeServer(server as Parameters<typeof closeServer>[0]),
  }
}

/** Run the command as a process of its own, whose person answers what it shows. */
async function command(task: string, calls = 1): Promise<unknown> {
  const script = fileURLToPath(new URL('command-process.ts', import.meta.url))
  const words = [house.issuer, api.origin, join(folder, 'tokens.json'), task, String(calls)]
  const child = spawn(process.execPath, ['--conditions=newel-source', script, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exit = once(child, 'exit')
  let last: unknown
  for await (const line of createInterface({ input: child.stdout })) {
    last = JSON.parse(line)
    const { link, waits: said } = last as { readonly link?: string; readonly waits?: string }
    if (link !== undefined) await visit(link)
    if (said !== undefined) waits.push(said)
  }
  await exit
  return last
}

async function visit(link: string): Promise<void> {
  let page = await visitor.get(link)
  if (page.page === 'step-up') asked += 1
  for (let count = 0; count < 5 && page.page !== undefined; count += 1) {
    if (page.page === 'login') page = await answerPage(visitor, page, ada)
    else if (page.page === 'step-up') page = await answer(page)
    else page = await visitor.press(page, 'Continue')
  }
  await fetch(page.url)
}

async function keptTokens() {
  const { tokens } = JSON.parse(await readFile(join(folder, 'tokens.json'), 'utf8')) as {
    readonly tokens: { readonly accessToken: string; readonly refreshToken?: string }
  }
  return tokens
}

/** Until another process waits for the lock that one holds: its claim lies beside the lock. */
async function another(): Promise<void> {
  const waiting = async () => {
    const names = await readdir(folder)
    return names.filter((name) => name.startsWith('tokens.json.step-up.lock.')).length
  }
  await expect.poll(waiting, { timeout: 30_000 }).toBe(1)
}

const boundTo = (token: string) => (decodeJwt(token)['cnf'] as { jkt?: string } | undefined)?.jkt

describe('a command whose tokens are bound to a key (RFC 9449)', () => {
  it('keeps the key from process to process and through a step-up, with a proof for each call (§5)', async () => {
    const before = await keptTokens()
    expect(await command('/accounts')).toEqual({ status: 200, acr: 'basic' })
    expect(await command('/details')).toEqual({ status: 200, acr: 'mfa' })
    const after = await keptTokens()
    expect(boundTo(after.accessToken)).toBe(boundTo(before.accessToken))
    expect(boundTo(after.accessToken)).toMatch(/^[\w-]{43}$/)
    // Each process meets the nonce of the API once (§9).
    expect(api.calls).toEqual(['DPoP 401', 'DPoP 200', 'DPoP 401', 'DPoP 401', 'DPoP 200'])
  })

  it('has tokens that open nothing without the key', async () => {
    const { accessToken } = await keptTokens()
    for (const scheme of ['Bearer', 'DPoP']) {
      const headers = { authorization: `${scheme} ${accessToken}` }
      const { status } = await fetch(`${api.origin}/accounts`, { method: 'PUT', headers })
      expect(status).toBe(401)
    }
  })
})

describe('two processes that need the same step-up at once', () => {
  it('ask the person once, and both go on', async () => {
    const proves = answer
    answer = async (page) => {
      await another()
      return proves(page)
    }
    const both = await Promise.all([command('/details'), command('/details')])
    expect(both).toEqual([
      { status: 200, acr: 'mfa' },
      { status: 200, acr: 'mfa' },
    ])
    expect(asked).toBe(1)
    expect(waits).toEqual([expect.stringContaining(`${api.origin} asks for the level mfa`)])
  })

  it('are both refused where the person turns it down, who is asked once (behaviour 18)', async () => {
    // Both are in line by then.
    answer = async (page) => {
      await another()
      return visitor.press(page, 'Cancel')
    }
    const both = await Promise.all([command('/details'), command('/details')])
    expect(both).toEqual([{ code: 'step_up_cancelled' }, { code: 'step_up_cancelled' }])
    expect(asked).toBe(1)
    // What was turned down is over: the next one asks.
    answer = async (page) =>
      visitor.submit(page, { code: totpCode(ada.totpKey, Math.floor(Date.now() / 1000)) })
    expect(await command('/details')).toEqual({ status: 200, acr: 'mfa' })
    expect(asked).toBe(2)
  })

  it('each ask where the proof is for one call alone', async () => {
    // A code is good once (RFC 6238 §5.2), so the second is turned down.
    const codes = [answer, async (page: VisitedPage) => visitor.press(page, 'Cancel')]
    answer = async (page) => (codes.shift() ?? answer)(page)
    const both = await Promise.all([command('/now'), command('/now')])
    expect(both).toEqual(
      expect.arrayContaining([
        { status: 200, acr: 'mfa' },
        { code: 'step_up_cancelled' },
      ]) as unknown,
    )
    expect(asked).toBe(2)
  })
})

describe('calls of one process that want each a proof of their own', () => {
  it('ask one after the other, and end with the first refusal', async () => {
    // The provider takes a code of the step after this one too; the third would be the first again.
    const now = Math.floor(Date.now() / 1000)
    const answers = [
      async (page: VisitedPage) => visitor.submit(page, { code: totpCode(ada.totpKey, now) }),
      async (page: VisitedPage) => visitor.submit(page, { code: totpCode(ada.totpKey, now + 30) }),
    ]
    answer = async (page) =>
      (answers.shift() ?? (async (last) => visitor.press(last, 'Cancel')))(page)
    expect(await command('/now', 5)).toEqual({
      outcomes: ['200', '200', ...Array<string>(3).fill('step_up_cancelled')],
    })
    expect(asked).toBe(3)
    // Each call went out, and each of the two that had a proof once more. The first meets the nonce (RFC 9449 §9).
    expect(api.calls.filter((call) => call === 'DPoP 200')).toHaveLength(2)
  })
})
