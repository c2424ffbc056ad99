import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  randomBytes,
} from 'node:crypto'
import type { RandomBytes } from './random-bytes.ts'
import { SecretError } from './secret-error.ts'

/** Where a sealed value lives. It opens there and nowhere else. */
export interface SealedPlace {
  readonly table: string
  readonly column: string
  /** What identifies the row, its owner included. */
  readonly id: string
}

/** Keeps secrets unreadable at rest, under a key that is not in the database. */
export interface Sealer {
  seal(plain: Uint8Array, place: SealedPlace): Uint8Array
  /** Throws `SecretError`: `sealed_malformed`, `sealed_unknown_key` or `sealed_tampered`. */
  open(sealed: Uint8Array, place: SealedPlace): Uint8Array
  /** Whether the value was sealed under the current key; one that was not should be sealed anew. */
  isCurrent(sealed: Uint8Array): boolean
  /** Under which key the value was sealed, whether it was given or not. @throws SecretError `sealed_malformed` */
  keyIdOf(sealed: Uint8Array): string
  /** Of the keys that were given: the current one first. Each tells its key apart and nothing about it. */
  readonly keyIds: readonly string[]
}

/** Key encryption keys, 32 bytes each. The current one seals; every one opens. */
export interface KekRing {
  readonly current: Uint8Array
  readonly previous: readonly Uint8Array[]
}

// One sealed value: format (1 byte), key id (8), nonce (12), ciphertext, tag (16).
const format = 1
const keyIdBytes = 8
const nonceBytes = 12
const tagBytes = 16
const headerBytes = 1 + keyIdBytes + nonceBytes

/**
 * AES-256-GCM with a random nonce: good for 2³² values under one key (NIST SP 800-38D §8.3). The key's id, the format
 * and the place are authenticated with the value.
 */
export function createSealer(
  keks: Uint8Array | KekRing,
  options: { readonly random?: RandomBytes } = {},
): Sealer {
  const random = options.random ?? randomBytes
  const ring = keks instanceof Uint8Array ? { current: keks, previous: [] } : keks
  // Kept as key objects: reading a key out of bytes costs Node more than the cipher does.
  const current = { id: keyId(ring.current), key: createSecretKey(ring.current) }
  const keys = new Map(
    [ring.current, ...ring.previous].map((key) => [
      keyId(key).toString('hex'),
      createSecretKey(key),
    ]),
  )
  return {
    seal(plain, place) {
      const header = Buffer.concat([Buffer.of(format), current.id, random(nonceBytes)])
      const nonce = header.subarray(1 + keyIdBytes)
      const cipher = createCipheriv('aes-256-gcm', current.key, nonce, { authTagLength: tagBytes })
      cipher.setAAD(associated(header, place))
      const body = cipher.update(plain)
      cipher.final()
      return Buffer.concat([header, body, cipher.getAuthTag()])
    },
    open(sealed, place) {
      const { header, nonce, body, tag, id } = take(sealed)
      const key = keys.get(id.toString('hex'))
      if (!key) {
        throw new SecretError(
          'sealed_unknown_key',
          'the value was sealed under a key that is not in the ring',
        )
      }
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(associated(header, place))
      decipher.setAuthTag(tag)
      const plain = decipher.update(body)
      try {
        decipher.final()
      } catch (cause) {
        throw new SecretError(
          'sealed_tampered',
          'the value was changed, or belongs to another place',
          { cause },
        )
      }
      return plain
    },
    isCurrent: (sealed) => take(sealed).id.equals(current.id),
    keyIdOf: (sealed) => take(sealed).id.toString('hex'),
    keyIds: [...keys.keys()],
  }
}

function take(sealed: Uint8Array): Record<'header' | 'nonce' | 'body' | 'tag' | 'id', Buffer> {
  const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.byteLength)
  if (bytes.length < headerBytes + tagBytes || bytes[0] !== format) {
    throw new SecretError('sealed_malformed', 'not a sealed value of a known format')
  }
  return {
    header: bytes.subarray(0, headerBytes),
    id: bytes.subarray(1, 1 + keyIdBytes),
    nonce: bytes.subarray(1 + keyIdBytes, headerBytes),
    body: bytes.subarray(headerBytes, -tagBytes),
    tag: bytes.subarray(-tagBytes),
  }
}

/** JSON keeps the three parts apart, whatever they contain. */
function associated(header: Uint8Array, { table, column, id }: SealedPlace): Buffer {
  const place = Buffer.from(JSON.stringify([table, column, id]))
  return Buffer.concat([header.subarray(0, 1 + keyIdBytes), place])
}

/** Tells keys apart without telling anything about them. */
function keyId(kek: Uint8Array): Buffer {
  if (kek.length !== 32) {
    throw new SecretError(
      'kek_invalid',
      `a key encryption key must have 32 bytes, not ${kek.length}`,
    )
  }
  return createHmac('sha256', kek).update('newel key id').digest().subarray(0, keyIdBytes)
}
