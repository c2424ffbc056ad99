import { createHash, randomUUID } from 'node:crypto'
import { readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EpochSeconds } from '@newel/policy'
import { withFileLock } from './file-lock.ts'
import { errorCode, privateFolder, readPrivateFile, writePrivateFile } from './private-file.ts'

/** Where calls are parked until the person has answered. What it keeps is encrypted before it gets here. */
export interface ParkedCallStore {
  /** `expiresAt`: on the client's clock; afterwards the store may forget it. */
  put(id: string, sealed: string, expiresAt: EpochSeconds): Promise<void>
  read(id: string): Promise<string | undefined>
  /** Remove, and say whether it was there. Of several that take at once, exactly one hears `true`. */
  take(id: string): Promise<boolean>
  /** Run work on one call while no other process does. */
  exclusively<Result>(id: string, work: () => Promise<Result>): Promise<Result>
  /** Forget what ended before `now`. */
  removeExpired(now: EpochSeconds): Promise<void>
}

export interface FileParkedCallStoreOptions {
  /** A folder for parked calls alone. Made where it is missing, closed to others. */
  readonly folder: string
  /** How long another process may hold a call, in seconds. Default: 900, since it may be waiting for the person. */
  readonly lockTimeLimitSeconds?: number
}

/** Parked calls in files of mode 0600, shared by the processes of one user. */
export function createFileParkedCallStore({
  folder,
  lockTimeLimitSeconds = 900,
}: FileParkedCallStoreOptions): ParkedCallStore {
  const pathOf = (id: string) => join(folder, `${nameOf(id)}.call`)
  return {
    put: async (id, sealed, expiresAt) =>
      writePrivateFile(pathOf(id), JSON.stringify({ expiresAt, sealed })),
    read: async (id) => {
      const text = await readPrivateFile(pathOf(id))
      return text === undefined ? undefined : parse(text)?.sealed
    },
    take: async (id) => {
      const taken = `${pathOf(id)}.${randomUUID()}`
      try {
        await rename(pathOf(id), taken)
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return false
        throw error
      }
      await rm(taken, { force: true })
      return true
    },
    exclusively: async (id, work) => {
      await privateFolder(folder)
      return withFileLock(join(folder, `${nameOf(id)}.lock`), lockTimeLimitSeconds * 1000, work)
    },
    removeExpired: async (now) => {
      await privateFolder(folder)
      const names = (await readdir(folder)).filter((name) => name.endsWith('.call'))
      for (const name of names) {
        const path = join(folder, name)
        const text = await readPrivateFile(path).catch(() => undefined)
        const kept = text === undefined ? undefined : parse(text)
        if (kept && kept.expiresAt < now) await rm(path, { force: true })
      }
    },
  }
}

/** The id is not believed to be a file name. */
function nameOf(id: string): string {
  return createHash('sha256').update(id).digest('hex')
}

/** Parked calls that end with the process. */
export function createMemoryParkedCallStore(): ParkedCallStore {
  const calls = new Map<string, { readonly sealed: string; readonly expiresAt: EpochSeconds }>()
  const last = new Map<string, Promise<unknown>>()
  return {
    put: (id, sealed, expiresAt) => {
      calls.set(id, { sealed, expiresAt })
      return Promise.resolve()
    },
    read: (id) => Promise.resolve(calls.get(id)?.sealed),
    take: (id) => Promise.resolve(calls.delete(id)),
    exclusively: async (id, work) => {
      const result = (last.get(id) ?? Promise.resolve()).then(work)
      const settled = result.catch(() => {})
      last.set(id, settled)
      try {
        return await result
      } finally {
        if (last.get(id) === settled) last.delete(id)
      }
    },
    removeExpired: (now) => {
      for (const [id, { expiresAt }] of calls) if (expiresAt < now) calls.delete(id)
      return Promise.resolve()
    },
  }
}

function parse(
  text: string,
): { readonly sealed: string; readonly expiresAt: EpochSeconds } | undefined {
  try {
    const { sealed, expiresAt } = JSON.parse(text) as Readonly<Record<string, unknown>>
    return typeof sealed === 'string' && typeof expiresAt === 'number'
      ? { sealed, expiresAt }
      : undefined
  } catch {
    return undefined
  }
}
