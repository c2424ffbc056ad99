import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { findProgram, mustBeThere } from './find-program.ts'

/** A Redis of this test alone, on loopback, in a folder that goes with it. */
export interface TestRedis {
  readonly url: string
  /** Ends the server at once and keeps what it had written, as a failing machine would. */
  crash(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** Why there can be no Redis here; undefined where there can, and in CI, where the start then fails. */
export function redisMissing(): string | undefined {
  if (mustBeThere()) return undefined
  return findProgram('redis-server') === undefined ? '`redis-server` is not installed' : undefined
}

export async function startRedis(): Promise<TestRedis> {
  const program = findProgram('redis-server')
  if (program === undefined) throw new Error('`redis-server` is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'newel-redis-'))
  const port = await freePort()
  let server: ChildProcess | undefined

  const start = async (): Promise<void> => {
    const network = ['--bind', '127.0.0.1', '--port', String(port)]
    const files = ['--dir', folder, '--save', '', '--appendonly', 'yes', '--appendfsync', 'always']
    server = spawn(program, [...network, ...files], { stdio: 'ignore', cwd: folder })
    for (let tries = 0; tries < 200; tries += 1) {
      if (await answers(port)) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('Redis does not answer')
  }

  async function crash(): Promise<void> {
    const running = server
    if (running === undefined || running.exitCode !== null) return
    const gone = new Promise((resolve) => {
      running.once('exit', resolve)
    })
    running.kill('SIGKILL')
    await gone
    server = undefined
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}/0`,
    crash,
    start,
    async stop() {
      await crash()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

async function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write('PING\r\n'))
    const end = (answer: boolean): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('error', () => end(false))
    socket.once('data', (data) => end(String(data).startsWith('+PONG')))
  })
}
