import { randomUUID } from 'node:crypto'
import { link, open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as delay } from 'node:timers/promises'
import { errorCode, unusable } from './private-file.ts'

/** How often a lock that is held is looked at: while a file is written, and while a person is asked. */
const pollMilliseconds = { file: 50, person: 250 }
const heartbeatMilliseconds = 5000
/** A holder on another machine that has not been heard of for so long is gone. */
const silenceMilliseconds = 60_000

export interface LockOptions {
  /** Absent: `file`. */
  readonly heldFor?: keyof typeof pollMilliseconds
  /** Told once where a process that lives holds the lock. Absent: nobody is. */
  readonly onHeld?: (() => void) | undefined
  /** Ends the wait, not the work. */
  readonly signal?: AbortSignal
}

/**
 * Run work while no other process holds this lock file. The lock of a process that died is taken over: at once where it
 * ran on this machine, else after a minute without a sign of life.
 *
 * @throws ClientError `store_unusable` where it stays held for longer than `timeLimitMilliseconds`; the signal's reason
 */
export async function withFileLock<Result>(
  path: string,
  timeLimitMilliseconds: number,
  work: () => Promise<Result>,
  { heldFor = 'file', onHeld, signal }: LockOptions = {},
): Promise<Result> {
  const own = `${path}.${randomUUID()}`
  const claim = JSON.stringify({ id: randomUUID(), pid: process.pid, host: hostname() })
  const file = await open(own, 'wx', 0o600)
  try {
    await file.writeFile(claim)
    await acquire(path, own, timeLimitMilliseconds, pollMilliseconds[heldFor], { onHeld, signal })
  } finally {
    await file.close()
    await rm(own, { force: true })
  }
  const heartbeat = setInterval(() => {
    const now = new Date()
    void utimes(path, now, now).catch(() => {})
  }, heartbeatMilliseconds)
  heartbeat.unref()
  try {
    return await work()
  } finally {
    clearInterval(heartbeat)
    // Another may have it by now, where this machine was away for long.
    if ((await textOf(path)) === claim) await rm(path, { force: true })
  }
}

/** A hard link appears with its text in it, and only where there was none. */
async function acquire(
  path: string,
  own: string,
  timeLimitMilliseconds: number,
  pause: number,
  { onHeld, signal }: Pick<LockOptions, 'onHeld'> & { readonly signal: AbortSignal | undefined },
): Promise<void> {
  const triesLeft = Math.ceil(timeLimitMilliseconds / pause)
  let told = false
  for (let tries = 0; tries <= triesLeft; tries += 1) {
    signal?.throwIfAborted()
    try {
      await link(own, path)
      return
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw unusable(path, 'cannot be locked', error)
    }
    const held = await textOf(path)
    if (held !== undefined && (await isAbandoned(path, own, held))) {
      await takeAway(path, own, held)
      continue
    }
    if (held !== undefined && !told) onHeld?.()
    told ||= held !== undefined
    await delay(pause)
  }
  throw unusable(path, 'is held by another process')
}

async function isAbandoned(path: string, own: string, held: string): Promise<boolean> {
  const { pid, host } = holderOf(held)
  if (host === hostname() && pid !== undefined) return !isAlive(pid)
  // Both times by the clock of the file system.
  const now = new Date()
  await utimes(own, now, now)
  const [mine, theirs] = await Promise.all([modified(own), modified(path)])
  return mine !== undefined && theirs !== undefined && mine - theirs > silenceMilliseconds
}

/**
 * Remove the lock of a dead holder. Of several who find it dead, the one whose link to its name appears may do so, and
 * looks again first: the others would remove the lock of whoever came next.
 */
async function takeAway(path: string, own: string, held: string): Promise<void> {
  const right = `${path}.taken`
  try {
    await link(own, right)
  } catch {
    const [mine, theirs] = await Promise.all([modified(own), modified(right)])
    // Died in the midst of this.
    if (mine !== undefined && theirs !== undefined && mine - theirs > silenceMilliseconds) {
      await rm(right, { force: true })
    }
    await delay(pollMilliseconds.file)
    return
  }
  try {
    if ((await textOf(path)) === held) await rm(path, { force: true })
  } finally {
    await rm(right, { force: true })
  }
}

function holderOf(text: string): { readonly pid?: number; readonly host?: string } {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    const { pid, host } = value as Readonly<Record<string, unknown>>
    return {
      ...(typeof pid === 'number' ? { pid } : {}),
      ...(typeof host === 'string' ? { host } : {}),
    }
  } catch {
    return {}
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // It is there, and somebody else's.
    return errorCode(error) === 'EPERM'
  }
}

async function textOf(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch(() => undefined)
}

async function modified(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  )
}
