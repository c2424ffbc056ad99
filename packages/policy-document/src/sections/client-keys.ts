import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import type { ClientConfig, Stated } from './clients-section.ts'
import { jwksUriFault } from './uris.ts'

/** The public keys of a client, or where they are published. */
export type ClientKeys =
  | { readonly jwks: { readonly keys: readonly JsonWebKey[] }; readonly jwksUri?: never }
  | { readonly jwksUri: string; readonly jwks?: never }

/** A public key, as RFC 7517 writes it. */
export type JsonWebKey = Readonly<Record<string, unknown>>

/** RFC 7518 §6.2.2, §6.3.2 and §6.4, RFC 8037 §2: what only the owner of a key may know. */
const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k', 'priv']

/** Base64url characters of a modulus of 2048 bits, the least that RFC 7518 §3.3 allows. */
const shortestModulus = 342

export function readClientKeys(
  { id, jwks, jwksUri, signedRequests }: Stated,
  type: ClientConfig['type'],
  authentication: ClientConfig['authentication'],
  path: Path,
  problems: ProblemList,
): ClientKeys | undefined {
  const first = jwks === undefined ? 'jwksUri' : 'jwks'
  if (jwks === undefined && jwksUri === undefined) {
    if (authentication !== 'private_key_jwt' && signedRequests !== 'required') return undefined
    problems.add({
      code: 'missing_client_keys',
      path,
      message: `the client \`${id}\` signs, and its public keys are not known`,
      mend: 'add `jwksUri: https://…`, or `jwks` with the keys themselves',
    })
    return undefined
  }
  if (type !== 'confidential') {
    problems.add({
      code: 'unexpected_client_keys',
      path: [...path, first],
      at: 'key',
      message: `the client \`${id}\` is \`${type}\` and cannot keep a private key`,
      mend: `remove \`${first}\`, or make it \`type: confidential\``,
    })
    return undefined
  }
  if (jwks !== undefined && jwksUri !== undefined) {
    problems.add({
      code: 'ambiguous_client_keys',
      path: [...path, 'jwksUri'],
      at: 'key',
      message: 'the keys of a client are either in the document or at an address',
      mend: 'write exactly one of `jwks` and `jwksUri`',
    })
    return undefined
  }
  if (jwks !== undefined) {
    for (const [index, key] of jwks.keys.entries()) {
      checkKey(key, [...path, 'jwks', 'keys', index], problems)
    }
    return { jwks: { keys: jwks.keys } }
  }
  if (jwksUri === undefined) return undefined
  const fault = jwksUriFault(jwksUri)
  if (fault) problems.add({ code: 'invalid_jwks_uri', path: [...path, 'jwksUri'], ...fault })
  return { jwksUri }
}

function checkKey(key: JsonWebKey, path: Path, problems: ProblemList): void {
  const fault = clientKeyFault(key)
  if (fault) problems.add({ code: 'invalid_client_key', path, ...fault })
}

/**
 * Why a JWK cannot verify what a client signs. Undefined: it can. The key itself is not repeated: it may be a private one.
 */
export function clientKeyFault(key: JsonWebKey): { message: string; mend: string } | undefined {
  if (privateMembers.some((member) => Object.hasOwn(key, member))) {
    return {
      message: 'the key is private or symmetric, and its owner alone may know it',
      mend: 'write the public key alone, and consider the private one as known to others',
    }
  }
  const { kty, crv, n, use = 'sig' } = key
  if (use !== 'sig') {
    return { message: 'the key is not for signing', mend: 'write a key with `use: sig`' }
  }
  if (kty === 'RSA') {
    if (!allTexts(key, ['n', 'e'])) return incomplete
    if (typeof n === 'string' && n.length >= shortestModulus) return undefined
    return { message: 'the RSA key is shorter than 2048 bits', mend: 'make a longer key' }
  }
  if (kty === 'EC' && crv === 'P-256') return allTexts(key, ['x', 'y']) ? undefined : incomplete
  if (kty === 'OKP' && crv === 'Ed25519') return allTexts(key, ['x']) ? undefined : incomplete
  return {
    message: 'the key is of a kind that the provider does not verify',
    mend: 'use a key of `kty: EC` with `crv: P-256`, of `kty: OKP` with `crv: Ed25519`, or of `kty: RSA`',
  }
}

const incomplete = {
  message: 'the key lacks a part of itself',
  mend: 'copy the whole public JWK',
} as const

function allTexts(key: JsonWebKey, members: readonly string[]): boolean {
  return members.every((member) => typeof key[member] === 'string' && key[member] !== '')
}
