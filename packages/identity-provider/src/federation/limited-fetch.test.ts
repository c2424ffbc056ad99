import { type Server, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerLimit, isSafeAddress, limitedFetch } from './limited-fetch.ts'

let server: Server
let origin: string

beforeAll(async () => {
  server = createServer((request, response) => {
    if (request.url === '/redirect') response.writeHead(302, { location: '/other' }).end()
    else if (request.url === '/empty') response.writeHead(204).end()
    else if (request.url === '/silent') response.writeHead(200).write('{')
    else response.end('x'.repeat(Number(request.url?.slice(1))))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => {
    server.close(resolve)
  })
})

async function get(path: string, signal?: AbortSignal): Promise<Response> {
  return limitedFetch(fetch, new URL(origin))(`${origin}${path}`, {
    method: 'GET',
    headers: {},
    body: undefined,
    redirect: 'manual',
    ...(signal && { signal }),
  })
}

describe('what an upstream is asked by', () => {
  it('reads as much as the limit, and not one byte more', async () => {
    expect(await (await get(`/${answerLimit}`)).text()).toHaveLength(answerLimit)
    await expect(get(`/${answerLimit + 1}`)).rejects.toThrow('longer than')
  })

  it('follows no redirect', async () => {
    expect((await get('/redirect')).status).toBe(302)
  })

  it('takes an answer without content', async () => {
    expect((await get('/empty')).status).toBe(204)
  })

  it('waits no longer than it may, also for the rest of an answer', async () => {
    const waiting = new AbortController()
    const answer = get('/silent', waiting.signal)
    waiting.abort(new DOMException('over', 'TimeoutError'))
    await expect(answer).rejects.toMatchObject({ name: 'TimeoutError' })
  })

  it.each([
    ['https://login.example/token', true, true],
    ['http://localhost:9/token', true, false],
    ['http://127.0.0.1/token', true, false],
    ['http://[::1]/token', true, false],
    ['https://localhost/token', true, false],
    ['ftp://localhost/token', false, false],
    ['http://login.example/token', false, false],
    ['http://127.0.0.1.evil.example/', false, false],
    // oxlint-disable-next-line no-script-url -- what must not be followed
    ['javascript:alert(1)', false, false],
    ['data:text/html,x', false, false],
  ])(
    '%s is an address of an upstream on loopback: %j, and of one elsewhere: %j',
    (address, local, far) => {
      expect([
        isSafeAddress(new URL(address), new URL('http://localhost:9')),
        isSafeAddress(new URL(address), new URL('https://login.example')),
      ]).toEqual([local, far])
    },
  )
})
