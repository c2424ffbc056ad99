import { createHash, createHmac, createSecretKey } from 'node:crypto'
import { SecretError } from '../secrets/secret-error.ts'
import type { SealedPlace, Sealer } from '../secrets/sealer.ts'

/** What is kept of things that may be used by whoever knows them: their content sealed, and what they are found by hashed. */
export interface SealedRecords {
  /** Base64url, 43 characters. Without the key of the store nobody can tell what it is of, short user codes included. */
  digest(kind: string, text: string): string
  seal(record: object, place: SealedPlace): Uint8Array
  /**
   * Undefined where it was sealed under a key that is gone: it counts as gone itself, and whoever needs it begins anew.
   *
   * @throws SecretError `sealed_tampered`, `sealed_malformed`
   */
  open(sealed: Uint8Array, place: SealedPlace): Record<string, unknown> | undefined
}

/** `digestKey` absent: for what is too long to be guessed. */
export function sealedRecords(sealer: Sealer, digestKey?: Uint8Array): SealedRecords {
  // As a key object: reading a key out of bytes costs Node more than the digest does.
  const key = digestKey && createSecretKey(digestKey)
  return {
    digest(kind, text) {
      const hash = key === undefined ? createHash('sha256') : createHmac('sha256', key)
      return hash.update(JSON.stringify([kind, text])).digest('base64url')
    },
    seal: (record, place) => sealer.seal(Buffer.from(JSON.stringify(record)), place),
    open(sealed, place) {
      try {
        const opened = Buffer.from(sealer.open(sealed, place)).toString('utf8')
        return JSON.parse(opened) as Record<string, unknown>
      } catch (error) {
        if (error instanceof SecretError && error.code === 'sealed_unknown_key') return undefined
        throw error
      }
    },
  }
}
