import { clockToleranceSeconds } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import type { Provider, ProviderFacts } from './provider.ts'
import type { RefusalReason } from './refusal.ts'
import { readJsonPart } from './signature/compact-jws.ts'
import type { CompactJws } from './signature/compact-jws.ts'
import type { SignatureVerdict } from './signature/key-set.ts'
import { readClaims } from './token-claims.ts'
import type { ClaimRules } from './token-claims.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What tokens must be. */
export interface TokenRules extends ClaimRules {
  readonly algorithms: ReadonlySet<string>
  /** `typ` values in lower case, without `application/`. */
  readonly tokenTypes: readonly string[]
}

export type Verification =
  | { readonly ok: true; readonly token: VerifiedToken; readonly facts: ProviderFacts }
  | { readonly ok: false; readonly reason: RefusalReason }

/**
 * Verify a JWT the long way: signature, type, issuer, audience, times, form of the claims. A value at once where keys are at
 * hand and the runtime verifies synchronously.
 *
 * Rejects with ResourceServerError where the provider is needed and does not answer.
 */
export function verifyToken(
  jws: CompactJws,
  rules: TokenRules,
  provider: Provider,
  now: EpochSeconds,
): Verification | Promise<Verification> {
  if (!rules.algorithms.has(jws.header.alg)) return { ok: false, reason: 'algorithm_refused' }
  const facts = provider.current(now)
  if (!facts) return verifyAfterLoading(jws, rules, provider, now)
  const verdict = facts.keys.verify(jws, rules.algorithms)
  if (verdict instanceof Promise || verdict === 'key_unknown') {
    return verifyAfterSeeking(jws, rules, provider, facts, verdict, now)
  }
  return judge(jws, rules, facts, verdict, now)
}

async function verifyAfterLoading(
  jws: CompactJws,
  rules: TokenRules,
  provider: Provider,
  now: EpochSeconds,
): Promise<Verification> {
  const facts = await provider.load(now)
  const verdict = facts.keys.verify(jws, rules.algorithms)
  return verifyAfterSeeking(jws, rules, provider, facts, verdict, now)
}

/** A key that the set lacks may be new. */
async function verifyAfterSeeking(
  jws: CompactJws,
  rules: TokenRules,
  provider: Provider,
  facts: ProviderFacts,
  pending: SignatureVerdict | Promise<SignatureVerdict>,
  now: EpochSeconds,
): Promise<Verification> {
  const verdict = await pending
  if (verdict !== 'key_unknown') return judge(jws, rules, facts, verdict, now)
  const renewed = await provider.seekKey(now)
  if (renewed.keysVersion === facts.keysVersion) return { ok: false, reason: verdict }
  return judge(jws, rules, renewed, await renewed.keys.verify(jws, rules.algorithms), now)
}

function judge(
  jws: CompactJws,
  rules: TokenRules,
  facts: ProviderFacts,
  verdict: SignatureVerdict,
  now: EpochSeconds,
): Verification {
  if (verdict !== 'valid') return { ok: false, reason: verdict }
  const claims = readJsonPart(jws.payload)
  if (!claims) return { ok: false, reason: 'token_malformed' }
  if (!rules.tokenTypes.includes(jws.header.typ)) return { ok: false, reason: 'token_type_refused' }
  const read = readClaims(claims, rules, now)
  return read.ok ? { ok: true, token: read.token, facts } : read
}

/** Whether a token that was verified before may be used at `now`. */
export function timeProblem(token: VerifiedToken, now: EpochSeconds): RefusalReason | undefined {
  if (now >= token.expiresAt + clockToleranceSeconds) return 'token_expired'
  if (now < token.notBefore - clockToleranceSeconds) return 'token_not_yet_valid'
  return undefined
}
