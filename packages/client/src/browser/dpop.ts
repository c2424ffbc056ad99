import { ClientError } from '../errors.ts'
import { type BoundKey, boundKeyAlgorithm, createKeyBinding } from '../key-binding.ts'
import { type Database, indexedDatabase } from './database.ts'
import type { KeyBindingFactory } from './key-binding.ts'

export interface DpopOptions {
  /** Default: IndexedDB of this origin. */
  readonly database?: Database
}

/**
 * Bind tokens to a key that cannot leave this browser (DPoP, RFC 9449): a token that is stolen alone opens nothing. The
 * key is made once for this client, kept in IndexedDB, and shared by its tabs, so that the binding outlasts reloads,
 * step-ups and refreshes.
 */
export function dpop({ database = indexedDatabase() }: DpopOptions = {}): KeyBindingFactory {
  return ({ issuer, clientId, host }) => {
    let loading: Promise<BoundKey> | undefined
    const key = (): Promise<BoundKey> => {
      loading ??= boundKey(database, `dpop:${issuer.href} ${clientId}`).catch((cause: unknown) => {
        loading = undefined
        throw new ClientError('storage_unavailable', 'the browser keeps no key', { cause })
      })
      return loading
    }
    return createKeyBinding(key, host)
  }
}

async function boundKey(database: Database, name: string): Promise<BoundKey> {
  const kept = await database.get(name)
  if (isBoundKey(kept)) return kept
  const { privateKey, publicKey } = await crypto.subtle.generateKey(boundKeyAlgorithm, false, [
    'sign',
  ])
  const { crv = '', kty = '', x = '', y = '' } = await crypto.subtle.exportKey('jwk', publicKey)
  const made: BoundKey = { privateKey, publicJwk: { crv, kty, x, y } }
  // Another tab may have been faster: its key is the one.
  const chosen = await database.getOrSet(name, made)
  return isBoundKey(chosen) ? chosen : made
}

function isBoundKey(value: unknown): value is BoundKey {
  return typeof value === 'object' && value !== null && 'privateKey' in value
}
