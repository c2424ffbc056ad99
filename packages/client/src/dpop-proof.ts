import type { EpochSeconds } from '@newel/policy'
import { base64url, sha256 } from './base64url.ts'

/** A public key as proofs show it: P-256. RFC 7517 §4, RFC 7518 §6.2.1. */
export interface PublicJwk {
  readonly crv: string
  readonly kty: string
  readonly x: string
  readonly y: string
}

/** The key algorithm of proofs (`ES256`), as Web Crypto names it. */
export const proofAlgorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const

export interface ProofFacts {
  readonly method: string
  readonly url: string
  /** Random, and new for each proof. */
  readonly id: string
  readonly now: EpochSeconds
  /** The token that goes with it. Absent: none, as at the token endpoint. */
  readonly accessToken?: string | undefined
  /** What the server handed out. RFC 9449 §8. */
  readonly nonce?: string | undefined
}

/** A proof that the key is here, for one request. RFC 9449 §4.2. */
export async function dpopProof(
  { privateKey, publicJwk }: { readonly privateKey: CryptoKey; readonly publicJwk: PublicJwk },
  { method, url, id, now, accessToken, nonce }: ProofFacts,
): Promise<string> {
  const { origin, pathname } = new URL(url)
  const input = [
    { typ: 'dpop+jwt', alg: 'ES256', jwk: publicJwk },
    {
      jti: id,
      htm: method,
      htu: origin + pathname,
      iat: Math.floor(now),
      ...(accessToken === undefined ? {} : { ath: await sha256(accessToken) }),
      ...(nonce === undefined ? {} : { nonce }),
    },
  ]
    .map((part) => base64url(new TextEncoder().encode(JSON.stringify(part))))
    .join('.')
  const signature = await crypto.subtle.sign(
    proofAlgorithm,
    privateKey,
    new TextEncoder().encode(input),
  )
  return `${input}.${base64url(signature)}`
}

/** RFC 7638 §3: the required members alone, in this order. */
export function thumbprintOf({ crv, kty, x, y }: PublicJwk): Promise<string> {
  return sha256(JSON.stringify({ crv, kty, x, y }))
}
