import type * as NodeCryptoModule from 'node:crypto'
import type { KeyObject, VerifyKeyObjectInput } from 'node:crypto'
import type { JWK } from 'jose'
import type { JwsHeader } from './compact-jws.ts'
import { fittingKeys } from './fitting-keys.ts'
import type { KeySet } from './key-set.ts'

type NodeCrypto = typeof NodeCryptoModule

interface Key {
  readonly jwk: JWK
  readonly object: KeyObject
}

/** Whether one key made a signature. */
type Verifier = (signed: Buffer, signature: Buffer) => boolean

/** Shortest RSA modulus, in bits (RFC 7518 §3.3). */
const shortestModulus = 2048

/** Signatures by Node's own `crypto`, on kept key objects. `undefined`: the runtime has no such module. */
export function createNodeKeySet(jwks: readonly JWK[]): KeySet | undefined {
  // Not an import: bundlers for browsers and workers would look for the module.
  const nodeCrypto = globalThis.process?.getBuiltinModule?.('node:crypto') as NodeCrypto | undefined
  if (!nodeCrypto?.verify || !nodeCrypto.createPublicKey) return undefined
  const keys = jwks.flatMap((jwk) => importKey(nodeCrypto, jwk))
  // Tokens of one key share their header, which is read once.
  const chosen = new WeakMap<JwsHeader, readonly Verifier[]>()
  const verifiersOf = (header: JwsHeader): readonly Verifier[] => {
    const known = chosen.get(header)
    if (known) return known
    const verifiers = fittingKeys(keys, header).map(({ object }) =>
      createVerifier(nodeCrypto, object, header.alg),
    )
    chosen.set(header, verifiers)
    return verifiers
  }
  return {
    verify(jws, algorithms) {
      if (!algorithms.has(jws.header.alg)) return 'algorithm_refused'
      const fitting = verifiersOf(jws.header)
      if (fitting.length === 0) return 'key_unknown'
      const signed = Buffer.from(jws.signingInput, 'latin1')
      const signature = Buffer.from(jws.signature, 'base64url')
      return fitting.some((isSignedBy) => isSignedBy(signed, signature))
        ? 'valid'
        : 'signature_invalid'
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

function createVerifier(nodeCrypto: NodeCrypto, key: KeyObject, alg: string): Verifier {
  const bytes = ecdsaBytes[alg]
  const digest = digestOf(alg)
  const input = inputOf(nodeCrypto, key, alg)
  return (signed, signature) => {
    if (bytes !== undefined && signature.length !== bytes) return false
    try {
      return nodeCrypto.verify(digest, signed, input, signature)
    } catch {
      return false
    }
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
