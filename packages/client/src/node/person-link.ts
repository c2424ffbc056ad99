import { describeSeconds, type EpochSeconds, type Requirement } from '@newel/policy'
import { ClientError } from '../errors.ts'
import { isSecure } from './web-address.ts'

/** Where a person goes to sign in or to prove more. Holds no token. */
export interface PersonLink {
  readonly url: string
  /** To be typed there. Absent: the browser comes back by itself. RFC 8628 §3.3. */
  readonly userCode?: string
  /** The address with the code in it, for a QR code. */
  readonly urlWithCode?: string
  /** What is asked, in words. */
  readonly asks: string
  /** On this machine's clock. */
  readonly expiresAt: EpochSeconds
}

/** What a requirement asks, in a sentence for the person. `api`: who asks. Absent: this is a login. */
export function requirementInWords(requirement: Requirement | undefined, api?: string): string {
  const who = api === undefined ? 'Sign in' : `Confirm that it is you: ${plain(api)} asks`
  if (!requirement) return `${who}.`
  const { acrValues, maxAgeSeconds } = requirement
  const level = acrValues.length > 0 ? `the level ${acrValues.map(plain).join(' or ')}` : ''
  const age =
    maxAgeSeconds === undefined
      ? ''
      : maxAgeSeconds === 0
        ? 'proved anew'
        : `proved at most ${describeSeconds(maxAgeSeconds)} ago`
  const asked = [level || 'your sign-in', age].filter(Boolean).join(', ')
  return api === undefined ? `${who} with ${asked}.` : `${who} for ${asked}.`
}

/** What others wrote, made fit for a terminal: no control characters, which could rewrite the screen. */
function plain(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E]/g, '?').slice(0, 200)
}

/**
 * An address that the provider names for a person, as no terminal misreads it.
 *
 * @throws ClientError `response_invalid`
 */
export function addressForPerson(value: string): string {
  const url = URL.parse(value)
  if (url && isSecure(url) && url.username === '' && url.password === '') return url.href
  throw new ClientError('response_invalid', 'the provider names no usable address for the person')
}

/**
 * A user code as it may be shown. RFC 8628 §6.1.
 *
 * @throws ClientError `response_invalid`
 */
export function userCodeForPerson(value: string): string {
  if (/^[\w -]{1,64}$/.test(value)) return value
  throw new ClientError('response_invalid', 'the provider names a user code that cannot be shown')
}
