import { clockToleranceSeconds } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import { calculateJwkThumbprint } from 'jose'
import type { JWK } from 'jose'
import { readCompactJws, readJsonPart } from '../signature/compact-jws.ts'
import { asymmetricAlgorithms, createKeySet } from '../signature/key-set.ts'
import { sha256Base64url } from './sha256.ts'

/** What one proof must fit. */
export interface DpopExpectation {
  readonly accessToken: string
  /** `jkt` of the token. */
  readonly keyThumbprint: string
  readonly method: string
  /** The address of the request as the client sees it. Query and fragment do not count. */
  readonly url: string
  readonly now: EpochSeconds
  /** How old a proof may be, in seconds. */
  readonly longestAgeSeconds: number
}

export type DpopProblem =
  /** No proof, or not exactly one. */
  | 'dpop_proof_missing'
  /** Not a proof for this request, token and key; which part is wrong is for the log. */
  | 'dpop_proof_invalid'
  /** Too old, or dated ahead. */
  | 'dpop_proof_expired'

export type DpopVerdict =
  | {
      readonly ok: true
      /** With the key, names the proof once and for all. */
      readonly jti: string
      /** The server's nonce that the proof repeats. Absent: none. */
      readonly nonce: string | undefined
      /** From here on the proof is too old by itself. */
      readonly expiresAt: EpochSeconds
    }
  | { readonly ok: false; readonly reason: DpopProblem }

/** Longest proof read, in characters. */
const longestProof = 8192
/** Longest `jti`, in characters: it is remembered. */
const longestJti = 256
const algorithms = new Set(asymmetricAlgorithms)

/** The algorithms of proofs, as a challenge names them (RFC 9449 §7.1). */
export const dpopAlgorithms = asymmetricAlgorithms.join(' ')

/** Judge a DPoP proof in all but its single use (RFC 9449 §4.3). */
export async function verifyDpopProof(
  proof: string,
  expected: DpopExpectation,
): Promise<DpopVerdict> {
  const jws = proof.length <= longestProof ? readCompactJws(proof) : undefined
  if (jws?.header.typ !== 'dpop+jwt') return invalid
  const jwk = readPublicKey(readJsonPart(proof.slice(0, proof.indexOf('.')))?.['jwk'])
  const claims = readJsonPart(jws.payload)
  if (!jwk || !claims) return invalid
  const { jti, htm, htu, iat, ath, nonce } = claims
  if (typeof jti !== 'string' || jti === '' || jti.length > longestJti) return invalid
  if (htm !== expected.method || !isSameAddress(htu, expected.url)) return invalid
  if (typeof iat !== 'number' || !Number.isFinite(iat)) return invalid
  if (nonce !== undefined && typeof nonce !== 'string') return invalid
  if ((await calculateJwkThumbprint(jwk)) !== expected.keyThumbprint) return invalid
  if (ath !== (await sha256Base64url(expected.accessToken))) return invalid
  // A name in the header would have to be one of the embedded key, which is the only candidate.
  const named = { ...jws, header: { ...jws.header, kid: undefined } }
  if ((await createKeySet([jwk]).verify(named, algorithms)) !== 'valid') return invalid
  const expiresAt = iat + expected.longestAgeSeconds + clockToleranceSeconds
  if (expected.now > expiresAt || iat > expected.now + clockToleranceSeconds) {
    return { ok: false, reason: 'dpop_proof_expired' }
  }
  return { ok: true, jti, nonce, expiresAt }
}

const invalid: DpopVerdict = { ok: false, reason: 'dpop_proof_invalid' }

/** The members of a public key alone. A private or symmetric key in a proof makes it none (RFC 9449 §4.3, item 7). */
function readPublicKey(value: unknown): JWK | undefined {
  if (typeof value !== 'object' || value === null) return undefined
  const { kty, crv, x, y, n, e, d, k } = value as Record<string, unknown>
  if (d !== undefined || k !== undefined) return undefined
  const members = { kty, crv, x, y, n, e }
  const stated = Object.entries(members).filter(([, member]) => member !== undefined)
  if (!stated.every(([, member]) => typeof member === 'string')) return undefined
  const key = Object.fromEntries(stated) as JWK
  switch (kty) {
    case 'EC':
      return key.crv && key.x && key.y ? key : undefined
    case 'RSA':
      return key.n && key.e ? key : undefined
    case 'OKP':
      return key.crv && key.x ? key : undefined
    default:
      return undefined
  }
}

/** RFC 9449 §4.3, item 9: without query and fragment, after the normalisation of RFC 3986 §6.2.2 and §6.2.3. */
function isSameAddress(stated: unknown, expected: string): boolean {
  if (typeof stated !== 'string') return false
  const [one, other] = [plainAddress(stated), plainAddress(expected)]
  return one !== undefined && one === other
}

function plainAddress(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined
  const { origin, pathname, username } = new URL(text)
  return username === '' && origin !== 'null' ? `${origin}${pathname}` : undefined
}
