import { errors, flattenedVerify, importJWK } from 'jose'
import type { CryptoKey, JWK } from 'jose'
import type { CompactJws } from './compact-jws.ts'
import { fittingKeys } from './fitting-keys.ts'
import type { KeySet } from './key-set.ts'

interface Key {
  readonly jwk: JWK
  /** By algorithm: WebCrypto binds a key to one. */
  readonly imported: Map<string, Promise<CryptoKey | Uint8Array>>
}

/** Signatures by WebCrypto, on every other runtime. */
export function createWebKeySet(jwks: readonly JWK[]): KeySet {
  const keys: readonly Key[] = jwks.map((jwk) => ({ jwk, imported: new Map() }))
  return {
    async verify(jws, algorithms) {
      if (!algorithms.has(jws.header.alg)) return 'algorithm_refused'
      const fitting = fittingKeys(keys, jws.header)
      if (fitting.length === 0) return 'key_unknown'
      for (const key of fitting) {
        if (await isSignedBy(key, jws)) return 'valid'
      }
      return 'signature_invalid'
    },
  }
}

async function isSignedBy(key: Key, jws: CompactJws): Promise<boolean> {
  const { alg } = jws.header
  const imported = key.imported.get(alg) ?? importJWK(key.jwk, alg)
  key.imported.set(alg, imported)
  const at = jws.signingInput.indexOf('.')
  try {
    const parts = {
      protected: jws.signingInput.slice(0, at),
      payload: jws.payload,
      signature: jws.signature,
    }
    await flattenedVerify(parts, await imported, { algorithms: [alg] })
    return true
  } catch (error) {
    // A key that cannot be imported, or that is too short, verifies nothing.
    if (error instanceof errors.JOSEError || error instanceof TypeError) return false
    if (error instanceof DOMException) return false
    throw error
  }
}
