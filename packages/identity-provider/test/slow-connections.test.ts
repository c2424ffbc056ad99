import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { type Socket, connect } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type IdentityProvider,
  type ProviderMetrics,
  type Sealer,
  createIdentityProvider,
  createProviderMetrics,
  createSealer,
  openSqliteStore,
} from '@newel/identity-provider'
import type { TestHouse } from '@newel/testing/house'
import { ask, clientSecrets, openStepUpHouse } from './step-up-house.ts'

const places = 8
const slowSenders = 600
const slowReaders = 12
/** By each, one request behind the other: more than the buffers of a connection hold of the answers. */
const asked = 3000

let house: TestHouse
let sealer: Sealer
let provider: IdentityProvider
let metrics: ProviderMetrics
let port: number
const open = new Set<Socket>()

beforeEach(async () => {
  sealer = createSealer(randomBytes(32))
  const store = await openSqliteStore({ path: ':memory:', sealer })
  house = await openStepUpHouse({ sealer, store })
  await house.provider.close()
  metrics = createProviderMetrics({ nodeMetrics: false })
  port = Number(new URL(house.issuer).port)
})
afterEach(async () => {
  for (const socket of open) socket.destroy()
  open.clear()
  await provider.close()
  await house.close()
})

async function serve(
  connections: NonNullable<Parameters<typeof createIdentityProvider>[0]['connections']>,
): Promise<void> {
  provider = await createIdentityProvider({
    document: house.document,
    store: house.store,
    sealer,
    clientSecrets,
    metrics,
    overload: { requestsInFlight: places, loopLagMilliseconds: Infinity },
    connections,
  })
  await provider.listen({ port })
}

async function dial(): Promise<Socket> {
  const socket = connect(port, 'localhost')
  open.add(socket)
  socket.on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** All that came until the other side closed. */
async function received(socket: Socket): Promise<string> {
  let text = ''
  socket.setEncoding('latin1').on('data', (part: string) => (text += part))
  await once(socket, 'close')
  return text
}

function sockets(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPSocketWrap').length
}

async function inFlight(): Promise<number> {
  const { body } = await metrics.text()
  return Number(/^newel_requests_in_flight (\d+)$/m.exec(body)?.[1])
}

async function expectAnswers(): Promise<void> {
  const answers = await Promise.all(
    Array.from({ length: places / 2 }, async () => fetch(new URL('/jwks.json', house.issuer))),
  )
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
}

const form = 'grant_type=refresh_token&client_id=web&refresh_token=x'
const heads: Record<string, string> = {
  'the head of a request': 'GET /jwks.json HTTP/1.1\r\nhost: local',
  'a body': `POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ${form.length}\r\n\r\n${form.slice(0, 9)}`,
  'a body in chunks':
    'POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n9\r\ngrant_typ\r\n',
}

describe('a provider whose callers send slowly', () => {
  for (const [what, sent] of Object.entries(heads)) {
    it(`answers others while ${slowSenders} are sending ${what}, and ends these with 408`, async () => {
      await serve({ headMilliseconds: 2000, requestMilliseconds: 2000 })
      const slow = await Promise.all(Array.from({ length: slowSenders }, dial))
      for (const socket of slow) socket.write(sent)
      const ends = slow.map(received)
      await expectAnswers()
      expect(await inFlight()).toBe(0)
      for (const text of await Promise.all(ends)) expect(text).toMatch(/^HTTP\/1\.1 408 /)
      await expectAnswers()
    }, 30_000)
  }

  it('answers a body that comes in parts when it is there', async () => {
    await serve({})
    const socket = await dial()
    socket.write(heads['a body'] ?? '')
    await expectAnswers()
    socket.write(form.slice(9))
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /)
    expect(answer.toString()).toContain('invalid_grant')
  })

  it('answers an empty body in chunks', async () => {
    await serve({})
    const socket = await dial()
    socket.write(
      'POST /token HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n',
    )
    await expectAnswers()
    socket.write('0\r\n\r\n')
    const [answer] = (await once(socket, 'data')) as [Buffer]
    expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 /)
  })

  it('refuses a body of 64 KiB that never ends, and keeps no place for it', async () => {
    await serve({})
    for (const path of ['/token', '/authorize', '/interaction/none/login', '/account/api']) {
      const socket = await dial()
      socket.write(
        `POST ${path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/x-www-form-urlencoded\r\ntransfer-encoding: chunked\r\n\r\n10000\r\n${'x'.repeat(65_536)}\r\n`,
      )
      const [answer] = (await once(socket, 'data')) as [Buffer]
      expect(answer.toString()).toMatch(/^HTTP\/1\.1 4\d\d /)
      await expect.poll(inFlight).toBe(0)
    }
  })
})

describe('a provider whose callers read slowly', () => {
  it('keeps no place for an answer that is written, and closes on who does not read it', async () => {
    await serve({ answerMilliseconds: 1500 })
    const { page } = await ask(house, house.visitor(), {})
    const asset = /\/assets\/[\w.-]+\.css/.exec(page.html)?.[0] ?? ''
    expect((await fetch(new URL(asset, house.issuer))).status).toBe(200)
    const before = sockets()
    const slow = await Promise.all(Array.from({ length: slowReaders }, dial))
    for (const socket of slow) {
      // Nobody reads: what fits into the buffers of the system is taken, and the rest waits.
      socket.pause()
      socket.write(`GET ${asset} HTTP/1.1\r\nhost: localhost\r\n\r\n`.repeat(asked))
    }
    await expectAnswers()
    await expect.poll(inFlight, { timeout: 10_000 }).toBe(0)
    await expectAnswers()
    // Of each connection both ends are in this process, and one of them goes; of the others there are no more than these.
    const others = places
    await expect
      .poll(sockets, { timeout: 20_000 })
      .toBeLessThanOrEqual(before + slowReaders + others)
  }, 40_000)
})

describe('a provider with as many connections as it may have', () => {
  it('closes one more, and takes another when one is gone', async () => {
    await serve({ connections: 3 })
    const [first] = [await dial(), await dial(), await dial()]
    const refused = await dial()
    await once(refused, 'close')
    first?.destroy()
    await expect
      .poll(
        async () =>
          (await fetch(new URL('/jwks.json', house.issuer)).catch(() => undefined))?.status,
      )
      .toBe(200)
  })
})
