import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { ClientError } from '../errors.ts'

/** Windows has no such bits; there, a user's own folder is closed to others by its access list. */
const hasModes = process.platform !== 'win32'
/** Much more than tokens or a parked call ever are. */
const longestFileBytes = 16 * 1024 * 1024

/**
 * The text of a file that is this user's alone. `undefined`: there is none.
 *
 * @throws ClientError `store_unusable` where others may read or replace it, or it is a link
 */
export async function readPrivateFile(path: string): Promise<string | undefined> {
  let file: FileHandle
  try {
    // A link could lead to a file that somebody else laid there.
    file = await open(path, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0))
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw unusable(path, 'cannot be opened', error)
  }
  try {
    const { mode, uid, size } = await file.stat()
    if (hasModes && (mode & 0o077) !== 0) throw unusable(path, 'can be read by others')
    if (hasModes && uid !== process.getuid?.()) throw unusable(path, 'belongs to somebody else')
    if (size > longestFileBytes) throw unusable(path, 'is too large')
    return await file.readFile('utf8')
  } finally {
    await file.close()
  }
}

/** Replace a file by one of mode 0600, in one step: a reader, or a crash, finds the old text or the new. */
export async function writePrivateFile(path: string, text: string): Promise<void> {
  await privateFolder(dirname(path))
  const draft = `${path}.${randomUUID()}`
  try {
    const file = await open(draft, 'wx', 0o600)
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(draft, path)
  } catch (error) {
    await rm(draft, { force: true })
    throw unusable(path, 'cannot be written', error)
  }
}

/** @throws ClientError `store_unusable` where everybody may replace what is in it */
export async function privateFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  const { mode } = await stat(path)
  // The sticky bit keeps others from replacing files, as in a folder for temporary ones.
  if (hasModes && (mode & 0o002) !== 0 && (mode & 0o1000) === 0) {
    throw unusable(path, 'can be changed by others')
  }
}

export function unusable(path: string, what: string, cause?: unknown): ClientError {
  return new ClientError('store_unusable', `\`${path}\` ${what}`, { cause })
}

export function errorCode(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
