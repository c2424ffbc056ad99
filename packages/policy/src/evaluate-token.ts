import { ageSeconds, passedLimit } from './age.ts'
import type { Authentication, TokenDecision, UnmetItem } from './decision.ts'
import type { EpochSeconds } from './level.ts'
import type { JudgingOrder } from './level-order.ts'
import type { Requirement } from './requirement.ts'

/** When a token is judged, and how far its clock is trusted. */
export interface TokenContext {
  readonly now: EpochSeconds
  /** How far ahead `auth_time` may be, in seconds. Default: {@link clockToleranceSeconds}. */
  readonly clockToleranceSeconds?: number
  /**
   * For a provider that does not mark one-shot tokens: how old a proof may be to count as made for the request, in
   * seconds. Absent: only the mark counts. The caller must still refuse the second use.
   */
  readonly oneShotWindowSeconds?: number | undefined
}

/**
 * Hold what a verified token states to a requirement. Whatever the token leaves out, misstates or dates ahead is not
 * satisfied: the answer is a challenge, never a pass.
 */
export function evaluateToken(
  order: JudgingOrder,
  requirement: Requirement,
  authentication: Authentication,
  context: TokenContext,
): TokenDecision {
  const asked = requirement.acrValues.length > 0 ? requirement.acrValues : anyLevel
  let unmet: UnmetItem[] | undefined
  for (const required of asked) {
    const item = unmetItem(order, requirement, required, authentication, context)
    if (item === undefined) return satisfiedBy(authentication)
    unmet ??= []
    unmet.push(item)
  }
  return { satisfied: false, unmet: unmet ?? [] }
}

/** A requirement that names no level is met by whatever level the token names, or by none. */
const anyLevel: readonly undefined[] = [undefined]

/**
 * What keeps one of the levels asked from being satisfied. An API does this at every call, so a met one leaves nothing to
 * collect behind.
 */
function unmetItem(
  order: JudgingOrder,
  { maxAgeSeconds }: Requirement,
  required: string | undefined,
  authentication: Authentication,
  context: TokenContext,
): UnmetItem | undefined {
  const { acr, authTime } = authentication
  const named = required ?? acr ?? ''
  if (required !== undefined && !order.has(required)) return { acr: named, reason: 'unknown' }
  const reached = required === undefined || (acr !== undefined && order.satisfies(acr, required))
  const age = authTime === undefined ? undefined : ageIn(context, authTime)
  const misdated = authTime !== undefined && age === undefined
  // What limits the age: the age asked, and the lifetimes both of the level that the token names and of the one asked, so
  // that a one-shot level is not met by a lasting one above it.
  const ofNamed = acr === undefined ? undefined : order.lifetimeSeconds(acr)
  const ofAsked = required === undefined ? undefined : order.lifetimeSeconds(required)
  const isLimited = maxAgeSeconds !== undefined || ofNamed !== undefined || ofAsked !== undefined
  if (!reached || misdated || (isLimited && age === undefined)) {
    return { acr: named, reason: 'missing' }
  }
  const oneShot = isOneShot(authentication, age, context)
  const passed = passedLimit([maxAgeSeconds, ofNamed, ofAsked], age ?? 0, oneShot)
  if (passed === undefined) return undefined
  const expired = { acr: named, reason: 'expired', limitSeconds: passed } as const
  return authTime === undefined ? expired : { ...expired, provedAt: authTime }
}

function satisfiedBy({ acr, authTime }: Authentication): TokenDecision {
  if (acr !== undefined && authTime !== undefined) return { satisfied: true, acr, authTime }
  return {
    satisfied: true,
    ...(acr !== undefined && { acr }),
    ...(authTime !== undefined && { authTime }),
  }
}

function isOneShot(
  { oneShot }: Authentication,
  age: number | undefined,
  { oneShotWindowSeconds }: TokenContext,
): boolean {
  if (oneShot === true) return true
  return oneShotWindowSeconds !== undefined && age !== undefined && age <= oneShotWindowSeconds
}

function ageIn(context: TokenContext, at: EpochSeconds): number | undefined {
  return ageSeconds(at, context.now, context.clockToleranceSeconds)
}
