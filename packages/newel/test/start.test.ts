import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { documentText, makeFolder } from './in-process.ts'
import type { Folder } from './in-process.ts'

const main = fileURLToPath(new URL('../src/main.ts', import.meta.url))

interface Child {
  readonly output: () => { readonly out: string; readonly err: string }
  readonly firstLine: Promise<string>
  readonly exitCode: Promise<unknown>
  kill(signal: NodeJS.Signals): void
}

/** The real command, as a process of its own. */
function newel(folder: Folder, ...args: string[]): Child {
  const child = spawn(process.execPath, ['--conditions=newel-source', main, ...args], {
    cwd: folder.path,
    env: { PATH: process.env['PATH'], NODE_OPTIONS: process.env['NODE_OPTIONS'] },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let out = ''
  let err = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text
  })
  const exitCode = once(child, 'close').then(([code]: unknown[]) => code)
  const firstLine = new Promise<string>((resolve) => {
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text
      const [line = '', ...others] = out.split('\n')
      if (others.length > 0) resolve(line)
    })
    child.on('close', () => resolve(out))
  })
  return { output: () => ({ out, err }), firstLine, exitCode, kill: (signal) => child.kill(signal) }
}

describe('start', () => {
  let folder: Folder
  let running: Child
  let address: string
  beforeAll(async () => {
    folder = makeFolder({ 'newel.yaml': documentText })
    running = newel(folder, 'start', '--port', '0', '--host', '127.0.0.1')
    address = (await running.firstLine).split(' at ')[1] ?? ''
  })
  afterAll(async () => {
    running.kill('SIGKILL')
    await running.exitCode
    folder.remove()
  })

  it('prints where it serves the issuer of the document', async () => {
    expect(await running.firstLine).toMatch(
      /^newel serves http:\/\/localhost:4000 at http:\/\/127\.0\.0\.1:\d+$/,
    )
    const answer = await fetch(`${address}/.well-known/openid-configuration`)
    expect(await answer.json()).toMatchObject({ issuer: 'http://localhost:4000' })
  })

  it('shares its data with other commands, and takes up rotated keys on SIGHUP', async () => {
    const rotated = await folder.newel(['keys', 'rotate', '--json'])
    expect(rotated.exitCode).toBe(0)
    const { kid } = JSON.parse(rotated.out) as { kid: string }
    const listed = await folder.newel(['keys', 'list', '--json'])
    expect(JSON.parse(listed.out)).toMatchObject([{ state: 'retired' }, { kid, state: 'active' }])
    running.kill('SIGHUP')
    const metadata = await fetch(`${address}/.well-known/openid-configuration`)
    const { jwks_uri: keys } = (await metadata.json()) as { jwks_uri: string }
    const published = `${address}${new URL(keys).pathname}`
    await expect
      .poll(async () => (await fetch(published)).text(), { timeout: 10_000 })
      .toContain(kid)
  })

  it('takes up a changed document on SIGHUP, and stays with it where the next one is refused', async () => {
    const told = async (): Promise<string> =>
      (await fetch(`${address}/.well-known/openid-configuration`)).text()
    folder.write('newel.yaml', documentText.replace('lifetime: 15m', 'lifetime: 7m'))
    running.kill('SIGHUP')
    await expect.poll(told, { timeout: 10_000 }).toContain('"lifetime":420')
    folder.write('newel.yaml', documentText.replace('lifetime: 15m', 'lifetime: soon'))
    running.kill('SIGHUP')
    await expect
      .poll(() => running.output().err, { timeout: 10_000 })
      .toContain('the one before stays')
    expect(running.output().err).toContain('newel.yaml:5:')
    expect(await told()).toContain('"lifetime":420')
    folder.write('newel.yaml', documentText)
  })

  it('ends with one line and 3 where the port is taken', async () => {
    const port = new URL(address).port
    const second = newel(folder, 'start', '--port', port, '--host', '127.0.0.1')
    expect(await second.exitCode).toBe(3)
    expect(second.output().err).toMatch(/^newel: port \d+ is taken [^\n]+--port\n$/)
  })

  it('ends with 0 on SIGTERM, after what was under way', async () => {
    running.kill('SIGTERM')
    expect(await running.exitCode).toBe(0)
    expect(running.output().out).toContain('newel has stopped')
  })
})

describe('start with an operations port', () => {
  let folder: Folder
  let running: Child
  let address: string
  let health: string
  beforeAll(async () => {
    folder = makeFolder({ 'newel.yaml': documentText })
    running = newel(
      folder,
      ...'start --port 0 --host 127.0.0.1 --operations-port 0 --operations-host 127.0.0.1 --drain 60'.split(
        ' ',
      ),
    )
    address = (await running.firstLine).split(' at ')[1] ?? ''
    health = await vi.waitFor(() => {
      const [, line = ''] = /health is told at (\S+)\n/.exec(running.output().out) ?? []
      if (line === '') throw new Error('not told yet')
      return line
    })
  })
  afterAll(async () => {
    running.kill('SIGKILL')
    await running.exitCode
    folder.remove()
  })

  it('tells its health there, and nothing of it at its own address', async () => {
    expect((await fetch(`${health}/health/ready`)).status).toBe(200)
    expect((await fetch(`${address}/health/ready`)).status).toBe(404)
  })

  it('tells its metrics there, those of Node.js among them, and none at its own address', async () => {
    const { status } = await fetch(`${address}/metrics`)
    expect(status).toBe(404)
    const told = async (): Promise<string> => (await fetch(`${health}/metrics`)).text()
    await expect.poll(told).toContain('route="other",status="4xx"')
    expect(await told()).toContain('nodejs_eventloop_lag_p99_seconds')
  })

  it('says on SIGTERM that it is stopping and goes on serving, SIGHUP or not, until a second signal', async () => {
    running.kill('SIGTERM')
    await expect
      .poll(async () => (await fetch(`${health}/health/ready`)).text(), { timeout: 10_000 })
      .toContain('stopping')
    running.kill('SIGHUP')
    expect((await fetch(`${address}/jwks.json`)).status).toBe(200)
    running.kill('SIGTERM')
    expect(await running.exitCode).toBe(null)
  })
})
