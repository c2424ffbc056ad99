import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process'
import { chmodSync, chownSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '../free-port.ts'
import { findProgram, mustBeThere, postgresFolders } from './find-program.ts'
import { serverOwner } from './server-owner.ts'

/** A PostgreSQL of this test alone, on loopback, in a folder that goes with it. */
export interface TestPostgres {
  /** Of an empty database that nobody else has. */
  newDatabase(): Promise<string>
  /** Ends the server at once and keeps its data, as a failing machine would. */
  crash(): Promise<void>
  /** False: it ended by itself, as one does that can write no log any more. */
  isRunning(): boolean
  /** Resolves when it has found itself again after a failure. */
  untilAnswers(): Promise<void>
  /** Starts it again on the same port with the same data. */
  start(): Promise<void>
  /** Ends it and removes its data. */
  stop(): Promise<void>
}

/** Why there can be no PostgreSQL here; undefined where there can, and in CI, where the start then fails. */
export function postgresMissing(): string | undefined {
  if (mustBeThere()) return undefined
  const programs = ['postgres', 'initdb', 'psql'] as const
  const missing = programs.find((name) => findProgram(name, postgresFolders()) === undefined)
  return missing === undefined ? undefined : `PostgreSQL's \`${missing}\` is not installed`
}

export interface TestPostgresOptions {
  /** A small disk on which it is to live, with small logs. Absent: the folder for what is temporary. */
  readonly disk?: string
}

export async function startPostgres({ disk }: TestPostgresOptions = {}): Promise<TestPostgres> {
  const folder = await mkdtemp(join(disk ?? tmpdir(), 'newel-postgres-'))
  const port = await freePort()
  const owner = serverOwner()
  if (owner) chownSync(folder, owner.uid, owner.gid)
  chmodSync(folder, 0o755)
  const data = join(folder, 'data')
  const asOwner = { ...owner, cwd: folder, env: { ...process.env, LC_ALL: 'C' } }
  await promisify(execFile)(
    program('initdb'),
    ['-D', data, '-U', 'newel', '-A', 'trust', '-E', 'UTF8', '--no-sync'].concat(
      disk === undefined ? [] : ['--wal-segsize=1'],
    ),
    asOwner,
  )
  let server: ChildProcess | undefined
  let databases = 0
  const address = (name: string): string => `postgres://newel@127.0.0.1:${port}/${name}`

  async function start(): Promise<void> {
    const small = ['min_wal_size=2MB', 'max_wal_size=8MB'].flatMap((one) => ['-c', one])
    server = spawn(
      program('postgres'),
      [
        '-D',
        data,
        '-p',
        String(port),
        '-h',
        '127.0.0.1',
        '-k',
        folder,
        '-c',
        'fsync=on',
        ...(disk === undefined ? [] : small),
      ],
      { ...asOwner, stdio: 'ignore' },
    )
    await untilAnswers()
  }

  async function untilAnswers(): Promise<void> {
    for (let tries = 0; tries < 200; tries += 1) {
      if (answers(address('postgres'))) return
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    throw new Error('PostgreSQL does not answer')
  }

  async function end(signal: 'SIGQUIT' | 'SIGINT'): Promise<void> {
    const running = server
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const gone = new Promise((resolve) => {
      running.once('exit', resolve)
    })
    running.kill(signal)
    await gone
    server = undefined
  }

  await start()
  return {
    async newDatabase() {
      databases += 1
      const name = `test${databases}`
      await promisify(execFile)(program('psql'), [
        address('postgres'),
        '-qc',
        `create database ${name}`,
      ])
      return address(name)
    },
    isRunning: () => server !== undefined && server.exitCode === null && server.signalCode === null,
    crash: async () => end('SIGQUIT'),
    untilAnswers,
    start,
    async stop() {
      await end('SIGINT')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function answers(address: string): boolean {
  try {
    execFileSync(program('psql'), [address, '-qtAc', 'select 1'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

function program(name: string): string {
  const found = findProgram(name, postgresFolders())
  if (found === undefined) throw new Error(`\`${name}\` is not installed`)
  return found
}
