import { createPublicKey } from 'node:crypto'
import { clientKeyFault } from '@newel/policy-document'
import { errors } from 'oidc-provider'

/** How a registered client proves that it is itself. Absent in its record: by the first. */
export const registeredAuthentications = ['client_secret_basic', 'private_key_jwt', 'none'] as const

const mostKeys = 5

/** What is kept of a key. Whatever else a JWK may carry (RFC 7517 §4) names addresses and certificates that nobody reads. */
const kept = ['kty', 'crv', 'x', 'y', 'n', 'e', 'kid', 'alg', 'use'] as const

/** In characters of base64url: a modulus of 4096 bits, an exponent of 32. Longer ones are work for every verification. */
const longest = { n: 683, e: 6 } as const

/**
 * The public keys that a client brings to authenticate by them (`private_key_jwt`, OIDC Core §9).
 *
 * @throws errors.InvalidClientMetadata
 */
export function registeredKeys(metadata: Readonly<Record<string, unknown>>): {
  readonly keys: readonly object[]
} {
  const { jwks } = metadata
  // Told, and not left out: the client would find out at its first request.
  if (metadata['jwks_uri'] !== undefined) refuse('jwks_uri is not fetched; put the keys into jwks')
  const keys: unknown = isObject(jwks) ? jwks['keys'] : undefined
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > mostKeys) {
    return refuse(`private_key_jwt needs jwks with 1 to ${mostKeys} keys`)
  }
  return { keys: keys.map(publicKey) }
}

function publicKey(stated: unknown): object {
  if (!isObject(stated)) return refuse('a key of jwks is no JWK')
  const fault = clientKeyFault(stated)
  if (fault !== undefined) refuse(`a key of jwks cannot be used: ${fault.message}`)
  const key = Object.fromEntries(
    kept.flatMap((member) =>
      typeof stated[member] === 'string' ? [[member, stated[member]]] : [],
    ),
  )
  const { n = '', e = '' } = key
  if (n.length > longest.n || e.length > longest.e) refuse('an RSA key of jwks is too large')
  try {
    createPublicKey({ key, format: 'jwk' })
  } catch {
    // The cause may quote the key.
    refuse('a key of jwks cannot be used: it is not on its curve, or not spelled as a JWK')
  }
  return key
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function refuse(description: string): never {
  throw new errors.InvalidClientMetadata(description)
}
