import type { EnrolmentReason } from '../authenticators/index.ts'

/**
 * - `username_taken`: another person has it, after trimming, NFKC and lower case. - `invalid_username`: empty, longer than
 * 256 characters, or with control characters. - `invalid_email`: no address. - `unknown_person`: nobody has that user name.
 * - `password_too_short`, `password_too_long`: outside 8 to 1024 bytes. - `password_too_simple`: the user name, or one
 * character repeated. - `busy`: too many passwords are being hashed; try again. - `enrolment_refused`: anything else.
 * - `no_recovery`: nothing is reported as lost.
 */
export type PeopleErrorCode =
  | 'username_taken'
  | 'invalid_username'
  | 'invalid_email'
  | 'unknown_person'
  | 'password_too_short'
  | 'password_too_long'
  | 'password_too_simple'
  | 'busy'
  | 'enrolment_refused'
  | 'no_recovery'

/** What an operator asked for cannot be done to this person. */
export class PeopleError extends Error {
  override readonly name = 'PeopleError'
  readonly code: PeopleErrorCode
  readonly username: string

  constructor(code: PeopleErrorCode, username: string, message: string) {
    super(message)
    this.code = code
    this.username = username
  }
}

/** Why an authenticator would not take what an operator gave for this person. */
export function refusedEnrolment(
  reason: EnrolmentReason | 'unfinished',
  username: string,
): PeopleError {
  switch (reason) {
    case 'too_short':
      return new PeopleError('password_too_short', username, 'a password has at least 8 bytes')
    case 'too_long':
      return new PeopleError('password_too_long', username, 'a password has at most 1024 bytes')
    case 'too_simple':
      return new PeopleError(
        'password_too_simple',
        username,
        'a password is not the user name, nor one character repeated',
      )
    case 'busy':
      return new PeopleError('busy', username, 'too many passwords are being hashed at this moment')
    case 'wrong':
    case 'malformed':
    case 'expired':
    case 'not_verified':
    case 'invalid_address':
    case 'throttled':
    case 'undeliverable':
    case 'too_soon':
    case 'unfinished':
      return new PeopleError('enrolment_refused', username, `the enrolment was refused: ${reason}`)
    default:
      return reason satisfies never
  }
}
