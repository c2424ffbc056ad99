import type { Authentication, EpochSeconds } from '@newel/policy'

/** Who is logged in, and how, as the newest ID token states it. */
export interface Session extends Authentication {
  readonly subject: string
  /** When the access token ends. Absent: the provider does not say. The session itself may go on by refresh. */
  readonly expiresAt?: EpochSeconds
}

/** What a token states about authentication, for showing; the token is not verified here. */
export interface TokenDescription extends Authentication {
  readonly subject?: string
  readonly expiresAt?: EpochSeconds
}
