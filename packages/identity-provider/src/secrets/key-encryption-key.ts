import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, stat, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { randomId } from './random-bytes.ts'
import type { RandomBytes } from './random-bytes.ts'
import type { KekRing } from './sealer.ts'
import { SecretError } from './secret-error.ts'

export interface KekSource {
  /** The value of the environment variable that wins over the file, where the operator sets one. */
  readonly env?: string | undefined
  /** Made with a new key where it does not exist. */
  readonly file: string
  readonly random?: RandomBytes
}

/**
 * The keys under which secrets are sealed: 32 bytes in base64url, separated by white space. The first seals; the others
 * only open what was sealed before the key was changed.
 *
 * Losing them loses every second factor and signing key, so a backup belongs beside that of the database, not in it.
 */
export async function loadOrCreateKek(source: KekSource): Promise<KekRing> {
  if (source.env !== undefined) return parseKeks(source.env, 'the environment variable')
  const present = await readKekFile(source.file)
  if (present) return present
  await createKekFile(source.file, source.random ?? randomBytes)
  const created = await readKekFile(source.file)
  if (created) return created
  throw new SecretError('kek_unavailable', `the key file \`${source.file}\` vanished`)
}

async function readKekFile(file: string): Promise<KekRing | undefined> {
  try {
    const { mode } = await stat(file)
    // Windows has no such bits: there the folder's access list decides.
    if (process.platform !== 'win32' && (mode & 0o077) !== 0) {
      throw new SecretError(
        'kek_exposed',
        `other users can read the key file \`${file}\`; set its mode to 600`,
      )
    }
    return parseKeks(await readFile(file, 'utf8'), `the file \`${file}\``)
  } catch (error) {
    if (error instanceof SecretError) throw error
    if (hasCode(error, 'ENOENT')) return undefined
    throw new SecretError('kek_unavailable', `the key file \`${file}\` cannot be read`, {
      cause: error,
    })
  }
}

/** Written aside and linked into place: nobody sees half a key, and of two that make one at once the first wins. */
async function createKekFile(file: string, random: RandomBytes): Promise<void> {
  const draft = `${file}.${randomId(random)}`
  try {
    await mkdir(dirname(file), { recursive: true, mode: 0o700 })
    const handle = await open(draft, 'wx', 0o600)
    try {
      await handle.writeFile(`${Buffer.from(random(32)).toString('base64url')}\n`)
      await handle.sync()
    } finally {
      await handle.close()
    }
    try {
      await link(draft, file)
    } catch (error) {
      if (!hasCode(error, 'EEXIST')) throw error
    } finally {
      await unlink(draft)
    }
    await syncFolder(dirname(file))
  } catch (error) {
    throw new SecretError('kek_unavailable', `the key file \`${file}\` cannot be made`, {
      cause: error,
    })
  }
}

/** The name of a new file is durable only after its folder is. Windows cannot open folders and needs no such step. */
async function syncFolder(folder: string): Promise<void> {
  if (process.platform === 'win32') return
  const handle = await open(folder, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function parseKeks(text: string, where: string): KekRing {
  const [current, ...previous] = text
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => {
      const bytes = Buffer.from(word, 'base64url')
      if (bytes.length === 32 && /^[\w-]{43}$/.test(word)) return bytes
      throw new SecretError('kek_invalid', `${where} must hold keys of 32 bytes in base64url`)
    })
  if (current) return { current, previous }
  throw new SecretError('kek_invalid', `${where} holds no key`)
}

function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
