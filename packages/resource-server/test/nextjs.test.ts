import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startLocalIssuer } from './local-issuer.ts'
import type { LocalIssuer } from './local-issuer.ts'

/** The build reads and writes beside the application, so it gets a copy; within the package, whose modules it finds. */
const source = fileURLToPath(new URL('./next-app', import.meta.url))
const next = fileURLToPath(import.meta.resolve('next/dist/bin/next'))

let issuer: LocalIssuer
let folder: string
let server: ChildProcess
let origin: string

beforeAll(async () => {
  issuer = await startLocalIssuer()
  folder = await mkdtemp(fileURLToPath(new URL('./.next-app-', import.meta.url)))
  await cp(source, folder, { recursive: true })
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', NEWEL_TEST_ISSUER: issuer.issuer }
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd: folder, env })
  const port = await freePort()
  server = spawn(process.execPath, [next, 'start', '-p', String(port), '-H', '127.0.0.1'], {
    cwd: folder,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  origin = `http://127.0.0.1:${port}`
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
  await issuer.close()
})

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port } = probe.address() as AddressInfo
  probe.close()
  await once(probe, 'close')
  return port
}

async function put(acr: string | undefined, amount: number): Promise<Response> {
  // The server runs by the system's clock.
  const now = Math.floor(Date.now() / 1000)
  const times = { iat: now, exp: now + 300, auth_time: now }
  return fetch(`${origin}/details`, {
    method: 'PUT',
    headers: {
      'content-type': 'application/json',
      ...(acr !== undefined && {
        authorization: `Bearer ${await issuer.sign({ acr, ...times })}`,
      }),
    },
    body: JSON.stringify({ amount }),
  })
}

describe('a route handler of Next.js, built and started', () => {
  test('is held to its requirement, and reads the body that the requirement has read', async () => {
    const allowed = await put('mfa', 10)
    expect(allowed.status).toBe(200)
    expect(await allowed.json()).toEqual({ subject: 'user-1', amount: 10 })
  })

  test('answers a challenge where the level is missing', async () => {
    const refused = await put('mfa', 1000)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toContain('acr_values="phr"')
    expect(refused.headers.get('cache-control')).toBe('no-store')
    expect((await put('phr', 1000)).status).toBe(200)
  })

  test('asks for a token where there is none', async () => {
    const refused = await put(undefined, 10)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  })
})
