import { clockToleranceSeconds, evaluateToken } from '@newel/policy'
import type {
  Authentication,
  EpochSeconds,
  LevelOrder,
  Requirement,
  UnmetItem,
} from '@newel/policy'
import type { VerifiedToken } from './verified-token.ts'

/** Whether the requirement was met only as by a one-shot token, so that the token must be used up. */
export function isOneShotUse(
  order: LevelOrder,
  requirement: Requirement,
  authentication: Authentication,
  now: EpochSeconds,
): boolean {
  const lasting = { ...authentication, oneShot: false }
  return !evaluateToken(order, requirement, lasting, { now }).satisfied
}

/** What identifies the one use, and until when it must be remembered. */
export interface SingleUse {
  readonly id: string
  readonly expiresAt: EpochSeconds
}

/**
 * A marked token is one by its `jti`, which a provider never gives twice (RFC 7519 §4.1.7), else by its text. Without
 * the mark, every token of one proof is the same use: a refresh yields a new `jti` for the old proof.
 */
export async function singleUseOf(
  text: string,
  token: VerifiedToken,
  { authTime = 0, oneShot }: Authentication,
  windowSeconds: number | undefined,
): Promise<SingleUse> {
  const { issuer } = token
  const jti = token.claims['jti']
  const byProof = oneShot !== true
  const name = byProof
    ? `proof ${JSON.stringify([issuer, token.subject, authTime])}`
    : typeof jti === 'string'
      ? `jti ${JSON.stringify([issuer, jti])}`
      : `token ${text}`
  const lastUse = byProof
    ? Math.max(token.expiresAt, authTime + (windowSeconds ?? 0))
    : token.expiresAt
  return { id: await sha256(name), expiresAt: Math.ceil(lastUse) + clockToleranceSeconds }
}

/** What a used token leaves unmet: another proof, made now. */
export function unmetAfterUse(
  requirement: Requirement,
  token: VerifiedToken,
): readonly UnmetItem[] {
  const acrValues =
    requirement.acrValues.length > 0 ? requirement.acrValues : [token.authentication.acr ?? '']
  return acrValues.map((acr) => ({ acr, reason: 'expired', limitSeconds: 0 }))
}

/** One length for every name, and nothing of the person in the store. */
async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
