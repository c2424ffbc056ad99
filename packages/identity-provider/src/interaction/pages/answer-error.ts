import type { Method } from '@newel/policy'
import type { EnrolmentReason, VerificationReason } from '../../authenticators/index.ts'
import { isWebAuthn } from './method-words.ts'

/** Why an answer was not accepted. Codes are stable; the words are the page's. */
export type AnswerError = keyof typeof texts

/** What happened, then what to do. No text tells whether an account exists. */
const texts = {
  wrong_credentials: 'The username or the password is not right. Please try again.',
  wrong_password: 'That password is not right. Please try again.',
  wrong_code: 'That code is not right. Please check it and try again.',
  replayed_code: 'That code was used already. Wait for the next one and enter it.',
  expired_code: 'That code has expired. Enter the newest one.',
  malformed: 'That does not look complete. Please check it and try again.',
  missing_answer: 'Please fill in the field to continue.',
  cancelled_by_browser: 'Your browser ended the request. Nothing was changed; you can try again.',
  unsupported_by_browser:
    'This browser cannot use passkeys or security keys. Please try another way.',
  unknown_credential:
    'That passkey or security key does not belong to this account. Please use another one.',
  rejected_credential: 'That passkey or security key could not be confirmed. Please try again.',
  user_verification_missing:
    'The passkey did not check that it is you. Use your fingerprint, face or device PIN when asked.',
  challenge_expired: 'That took too long, so the request has expired. Please try again.',
  already_enrolled: 'That one is set up for your account already. Please use a different one.',
  password_too_short: 'That password is too short. Use at least 8 characters.',
  password_too_long: 'That password is too long.',
  password_too_simple: 'That password is too easy to guess. Please choose another one.',
  different_user: 'Those details belong to another account. Please go on with the one shown here.',
  throttled: 'Too many attempts in a short time. Please wait a moment and try again.',
  busy: 'We are a little busy just now. Please try again in a moment.',
  form_expired: 'This page was open for too long. Please try once more.',
  unavailable: 'This way cannot be used just now. Please try another one.',
} as const satisfies Readonly<Record<string, string>>

/** Every code. */
export const answerErrors = Object.keys(texts) as readonly AnswerError[]

export function answerErrorText(error: AnswerError): string {
  return texts[error]
}

/** The code for what an authenticator found wrong. */
export function answerErrorFrom(reason: Reason, method: Method): AnswerError {
  if (method === 'password' && reason === 'wrong') return 'wrong_password'
  return (isWebAuthn(method) ? ofWebAuthn[reason] : undefined) ?? ofText[reason]
}

type Reason = VerificationReason | EnrolmentReason

const ofWebAuthn: Readonly<Partial<Record<Reason, AnswerError>>> = {
  wrong: 'rejected_credential',
  malformed: 'rejected_credential',
  replayed: 'challenge_expired',
  expired: 'challenge_expired',
}

const ofText: Readonly<Record<Reason, AnswerError>> = {
  wrong: 'wrong_code',
  malformed: 'malformed',
  replayed: 'replayed_code',
  expired: 'expired_code',
  unknown_credential: 'unknown_credential',
  not_verified: 'user_verification_missing',
  too_short: 'password_too_short',
  too_long: 'password_too_long',
  too_simple: 'password_too_simple',
  busy: 'busy',
}
