import type { EpochSeconds } from '@newel/policy'
import type { SenderFacts } from '../guard.ts'
import type { UsedTokenStore } from '../used-token-store.ts'
import type { Confirmation } from '../verified-token.ts'
import type { DpopNonces } from './dpop-nonces.ts'
import { verifyDpopProof } from './dpop-proof.ts'
import type { DpopProblem } from './dpop-proof.ts'
import { sha256Base64url, sha256OfBytes } from './sha256.ts'

export interface SenderRules {
  /** How old a DPoP proof may be, in seconds. */
  readonly longestAgeSeconds: number
  /** Absent: no nonce is asked. */
  readonly nonces: DpopNonces | undefined
  /** Where proofs that were used are remembered. */
  readonly usedProofs: UsedTokenStore
}

export type SenderProblem =
  | DpopProblem
  /** Made before this server asked, or for another time. */
  | 'dpop_nonce_needed'
  /** Used before. */
  | 'dpop_proof_replayed'
  /** The client's certificate is not at hand, or another one. */
  | 'certificate_mismatch'
  /** Presented as a bearer token though bound to a key, or the other way round (RFC 9449 §7.2). */
  | 'scheme_mismatch'
  /** Bound to something that is not understood here. */
  | 'sender_constraint_unsupported'

/**
 * Whether the sender of a request proves to hold what its token is bound to. `undefined`: proved.
 *
 * Rejects where the memory of used proofs fails; the request must then not pass.
 */
export async function senderProblem(
  sender: SenderFacts | undefined,
  scheme: 'Bearer' | 'DPoP',
  accessToken: string,
  confirmation: Confirmation | undefined,
  rules: SenderRules,
  now: EpochSeconds,
): Promise<SenderProblem | undefined> {
  if (!confirmation) return scheme === 'DPoP' ? 'scheme_mismatch' : undefined
  if (!confirmation.isUnderstood) return 'sender_constraint_unsupported'
  const { keyThumbprint, certificateThumbprint } = confirmation
  if ((keyThumbprint !== undefined) !== (scheme === 'DPoP')) return 'scheme_mismatch'
  if (certificateThumbprint !== undefined) {
    const certificate = await thumbprintOf(sender?.certificate)
    if (certificate !== certificateThumbprint) return 'certificate_mismatch'
  }
  return keyThumbprint === undefined
    ? undefined
    : dpopProblem(sender, accessToken, keyThumbprint, rules, now)
}

async function dpopProblem(
  sender: SenderFacts | undefined,
  accessToken: string,
  keyThumbprint: string,
  { longestAgeSeconds, nonces, usedProofs }: SenderRules,
  now: EpochSeconds,
): Promise<SenderProblem | undefined> {
  const dpop = sender?.dpop
  // More than one is none (RFC 9449 §4.3, item 1). A comma is in no proof, so headers joined by one are several.
  const proof = typeof dpop === 'string' ? dpop : dpop?.length === 1 ? dpop[0] : undefined
  if (!sender || proof === undefined) return 'dpop_proof_missing'
  const verdict = await verifyDpopProof(proof, {
    accessToken,
    keyThumbprint,
    method: sender.method,
    url: sender.url,
    now,
    longestAgeSeconds,
  })
  if (!verdict.ok) return verdict.reason
  if (nonces && !(await nonces.isGood(verdict.nonce, now))) return 'dpop_nonce_needed'
  // RFC 9449 §11.1. Hashed: a client names its proofs as it likes.
  const id = await sha256Base64url(`dpop ${keyThumbprint} ${verdict.jti}`)
  const first = await usedProofs.use(id, Math.ceil(verdict.expiresAt), now)
  return first ? undefined : 'dpop_proof_replayed'
}

async function thumbprintOf(der: Uint8Array | undefined): Promise<string | undefined> {
  return der && sha256OfBytes(new Uint8Array(der))
}
