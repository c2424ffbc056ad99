import type * as NodeCryptoModule from 'node:crypto'
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto'
import type { JWK } from 'jose'
import type { CompactJws } from './compact-jws.ts'
import { fittingKeys } from './fitting-keys.ts'
import type { KeySet } from './key-set.ts'

type NodeCrypto = typeof NodeCryptoModule

interface Key {
  readonly jwk: JWK
  readonly object: KeyObject
}

/** Shortest RSA modulus, in bits (RFC 7518 §3.3). */
const shortestModulus = 2048

/** Signatures by Node's own `crypto`, on kept key objects. `undefined`: the runtime has no such module. */
export function createNodeKeySet(jwks: readonly JWK[]): KeySet | undefined {
  // Not an import: bundlers for browsers and workers would look for the module.
  const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  if (!nodeCrypto?.verify || !nodeCrypto.createPublicKey) return undefined
  const keys = jwks.flatMap((jwk) => importKey(nodeCrypto, jwk))
  return {
    verify(jws, algorithms) {
      if (!algorithms.has(jws.header.alg)) return 'algorithm_refused'
      const fitting = fittingKeys(keys, jws.header)
      if (fitting.length === 0) return 'key_unknown'
      const signed = Buffer.from(jws.signingInput, 'latin1')
      const signature = Buffer.from(jws.signature, 'base64url')
      const valid = fitting.some(({ object }) =>
        isSignedBy(nodeCrypto, object, jws, signed, signature),
      )
      return valid ? 'valid' : 'signature_invalid'
    },
  }
}

/** A key that cannot be used verifies nothing; the rest of the set still does. */
function importKey(nodeCrypto: NodeCrypto, jwk: JWK): Key[] {
  try {
    const object = nodeCrypto.createPublicKey({ key: jwk, format: 'jwk' })
    const { modulusLength } = object.asymmetricKeyDetails ?? {}
    return modulusLength !== undefined && modulusLength < shortestModulus ? [] : [{ jwk, object }]
  } catch {
    return []
  }
}

/** Bytes of an ECDSA signature: both numbers at full length (RFC 7518 §3.4). */
const ecdsaBytes: Readonly<Record<string, number>> = { ES256: 64, ES384: 96, ES512: 132 }

function isSignedBy(
  nodeCrypto: NodeCrypto,
  key: KeyObject,
  { header: { alg } }: CompactJws,
  signed: Buffer,
  signature: Buffer,
): boolean {
  try {
    const bytes = ecdsaBytes[alg]
    if (bytes !== undefined && signature.length !== bytes) return false
    return nodeCrypto.verify(digestOf(alg), signed, inputOf(nodeCrypto, key, alg), signature)
  } catch {
    return false
  }
}

/** Ed25519 hashes by itself. */
function digestOf(alg: string): string | null {
  return alg === 'EdDSA' || alg === 'Ed25519' ? null : `sha${alg.slice(2)}`
}

function inputOf(
  { constants }: NodeCrypto,
  key: KeyObject,
  alg: string,
): KeyObject | VerifyKeyObjectInput {
  switch (alg.slice(0, 2)) {
    case 'ES':
      return { key, dsaEncoding: 'ieee-p1363' }
    case 'PS':
      return {
        key,
        padding: constants.RSA_PKCS1_PSS_PADDING,
        saltLength: constants.RSA_PSS_SALTLEN_DIGEST,
      }
    default:
      return key
  }
}
