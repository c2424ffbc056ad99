import type { JWK } from 'jose'
import { createNodeKeySet } from './node-key-set.ts'
import type { CompactJws } from './compact-jws.ts'
import { createWebKeySet } from './web-key-set.ts'

/** The public keys of one provider. */
export interface KeySet {
  /** Verify a signature by the key that the header names. A value at once where the runtime can. */
  verify(
    jws: CompactJws,
    algorithms: ReadonlySet<string>,
  ): SignatureVerdict | Promise<SignatureVerdict>
}

/**
 * - `algorithm_refused`: not one that was asked for. - `key_unknown`: no key of that name fits the algorithm; a later set may
 * have one. - `signature_invalid`: none of the keys that fit made it.
 */
export type SignatureVerdict = 'valid' | 'algorithm_refused' | 'key_unknown' | 'signature_invalid'

/** Every algorithm that needs a private key to sign. Symmetric ones and `none` cannot be configured either. */
export const asymmetricAlgorithms: readonly string[] = [
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
  'PS256',
  'PS384',
  'PS512',
  'RS256',
  'RS384',
  'RS512',
]

/** On Node, and where its `crypto` module is at hand, synchronous and several times cheaper than WebCrypto. */
export function createKeySet(keys: readonly JWK[]): KeySet {
  return createNodeKeySet(keys) ?? createWebKeySet(keys)
}
