import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { withFileLock } from './file-lock.ts'
import { privateFolder, readPrivateFile, writePrivateFile } from './private-file.ts'
import type { TokenStore } from './token-store.ts'

/** How long a process waits while others ask the person, in seconds. */
const stepUpLockTimeLimitSeconds = 900

export interface FileTokenStoreOptions {
  /** Such as `~/.config/bank/tokens.json`, spelled out. Its folder is made where it is missing, closed to others. */
  readonly path: string
  /** How long another process may hold the store, in seconds. Default: 60. */
  readonly lockTimeLimitSeconds?: number
}

/**
 * Tokens in a file of mode 0600, shared by the processes of one user. A file that others can read is refused, for its
 * tokens may be known to them: log out there, remove it, log in anew.
 */
export function createFileTokenStore({
  path,
  lockTimeLimitSeconds = 60,
}: FileTokenStoreOptions): TokenStore {
  const refusal = `${path}.step-up`
  return {
    read: () => readPrivateFile(path),
    write: (text) => replace(path, text),
    exclusively: async (work) => {
      await privateFolder(dirname(path))
      return withFileLock(`${path}.lock`, lockTimeLimitSeconds * 1000, work)
    },
    stepUps: {
      read: () => readPrivateFile(refusal),
      write: (text) => replace(refusal, text),
      exclusively: async (work, signal, onHeld) => {
        await privateFolder(dirname(path))
        const limit = stepUpLockTimeLimitSeconds * 1000
        const waiting = { heldFor: 'person', onHeld, signal } as const
        return withFileLock(`${path}.step-up.lock`, limit, work, waiting)
      },
    },
  }
}

async function replace(path: string, text: string | undefined): Promise<void> {
  await (text === undefined ? rm(path, { force: true }) : writePrivateFile(path, text))
}
