import type { Authentication, EpochSeconds, Requirement } from '@newel/policy'
import type { SessionKey } from './session-key.ts'

/** What the tokens of one answer gave. */
export interface TokenSet extends Authentication {
  readonly accessToken: string
  readonly refreshToken?: string
  /** On this machine's clock. Absent: the provider does not say. */
  readonly accessExpiresAt?: EpochSeconds
  /** What the tokens are bound to. Absent: nothing, and whoever has them may use them. */
  readonly key?: SessionKey
  /** What was granted, separated by spaces. */
  readonly scope: string
  readonly subject: string
  /** Of the provider's session, for its logout. Back-Channel Logout §2.1. */
  readonly sid?: string
  readonly profile: Readonly<Record<string, unknown>>
  /** When the ID token was made, on the provider's clock. */
  readonly issuedAt: EpochSeconds
  /** What to add to this machine's clock to have the provider's. */
  readonly clockOffsetSeconds: number
}

/** A session of this app, as it is sealed into the cookie or the store. */
export interface SessionRecord {
  /** Names the login. The same through every step-up; what waits for an answer is bound to it. */
  readonly loginId: string
  /** Names the session since its newest rise. */
  readonly riseId: string
  readonly tokens: TokenSet
  /** When the login's ID token was made, on the provider's clock. */
  readonly loggedInAt: EpochSeconds
  readonly createdAt: EpochSeconds
  /** When the cookie was last written. */
  readonly seenAt: EpochSeconds
  /** What the newest step-up was asked for and gave. */
  readonly reached?: Requirement
  /** When the newest step-up was made. Absent: none was. */
  readonly risenAt?: EpochSeconds
}

/** What is sealed is ours; anything else was sealed by another version. */
export function isSessionRecord(value: unknown): value is SessionRecord {
  return (
    typeof value === 'object' &&
    value !== null &&
    'loginId' in value &&
    'riseId' in value &&
    'tokens' in value &&
    'createdAt' in value &&
    'loggedInAt' in value
  )
}
