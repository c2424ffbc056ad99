import {
  type Authentication,
  type AuthenticationRecord,
  type EpochSeconds,
  type HeldLevel,
  type Levels,
  heldLevel,
  heldLevels,
  oneShotTokenSeconds,
} from '@newel/policy'
import { amrOf } from './amr.ts'

/** What a code or refresh token says of the authentication that it was issued for. */
export interface IssuedAuthentication extends Authentication {
  /** When the authorization was given. Later proofs say nothing of it. */
  readonly issuedAt: EpochSeconds
}

export interface SettledAuthentication {
  readonly authentication: Authentication
  /** Last second at which a token may state it. Absent: it names no level, and nothing limits it. */
  readonly expiresAt?: EpochSeconds
}

/**
 * What a token issued now may state. The level of the authorization while it is still held, then the strongest of those
 * below it that is; never one proved later, and never a newer `auth_time` than the authorization's (OIDC Core §12.2).
 */
export function settleAuthentication(
  levels: Levels,
  issued: IssuedAuthentication,
  record: AuthenticationRecord,
  now: EpochSeconds,
): SettledAuthentication {
  const { acr, amr, authTime, oneShot } = issued
  if (acr === undefined || authTime === undefined) return { authentication: omitLevel(issued) }
  if (oneShot === true) {
    const authentication = { acr, authTime, oneShot, ...(amr === undefined ? {} : { amr }) }
    return { authentication, expiresAt: now + oneShotTokenSeconds }
  }
  const asOfIssue = record.filter((event) => event.at <= issued.issuedAt)
  const level = levels.byAcr(acr)
  const still = level && heldLevel(levels, level, asOfIssue, { now })
  const until = still && Math.min(still.heldUntil, authTime + level.lifetimeSeconds)
  if (until !== undefined && until > now) {
    return {
      authentication: { acr, authTime, ...(amr === undefined ? {} : { amr }) },
      expiresAt: until,
    }
  }
  const lower = strongestBelow(levels, acr, asOfIssue, now)
  if (lower === undefined) return { authentication: omitLevel(issued) }
  return {
    authentication: {
      acr: lower.acr,
      authTime: Math.min(authTime, lower.authTime),
      amr: amrOf(lower, asOfIssue, { now }),
    },
    expiresAt: lower.heldUntil,
  }
}

function strongestBelow(
  levels: Levels,
  acr: string,
  record: AuthenticationRecord,
  now: EpochSeconds,
): HeldLevel | undefined {
  return heldLevels(levels, record, { now })
    .filter((held) => held.acr !== acr && levels.satisfies(acr, held.acr) && held.heldUntil > now)
    .at(-1)
}

function omitLevel({ authTime }: Authentication): Authentication {
  return authTime === undefined ? {} : { authTime }
}
