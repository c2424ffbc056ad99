/** Error codes that an authorization endpoint sends to the redirect URI. */
export const authorizationErrorCodes = [
  // RFC 6749 §4.1.2.1
  'invalid_request',
  'unauthorized_client',
  'access_denied',
  'unsupported_response_type',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
  // OIDC Core §3.1.2.6
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
  'invalid_request_uri',
  'invalid_request_object',
  'request_not_supported',
  'request_uri_not_supported',
  'registration_not_supported',
  // OIDC Core Error Code unmet_authentication_requirements 1.0
  'unmet_authentication_requirements',
  // RFC 8707 §2
  'invalid_target',
] as const

export type AuthorizationErrorCode = (typeof authorizationErrorCodes)[number]

/** The provider's refusal, as it came back to the redirect URI. */
export interface AuthorizationError {
  /** The code as sent, which may be one that no specification lists; `invalid_error` where it is not a code at all. */
  error: AuthorizationErrorCode | 'invalid_error' | (string & {})
  /** For people; never a ground for a decision. One line, at most {@link longestErrorDescription} characters. */
  errorDescription?: string
  state?: string
  iss?: string
}

/** The part of `URLSearchParams` that is read here. */
export interface ResponseParameters {
  getAll(name: string): readonly string[]
}

/** Longest description kept, in characters; what is longer is cut. */
export const longestErrorDescription = 1000

/** Whether a specification lists the code. */
export function isAuthorizationErrorCode(code: string): code is AuthorizationErrorCode {
  return (authorizationErrorCodes as readonly string[]).includes(code)
}

/**
 * The error in an authorization response; `undefined` where the response carries none. A repeated parameter has no
 * meaning (RFC 6749 §3.1): a repeated `error` is still an error, a repeated `state` or `iss` is absent and so matches
 * nothing.
 */
export function authorizationErrorFromParameters(
  parameters: ResponseParameters,
): AuthorizationError | undefined {
  // A parameter without a value counts as left out (RFC 6749 §3.1).
  const errors = parameters.getAll('error').filter((error) => error !== '')
  const [error] = errors
  if (error === undefined) return undefined
  const description = single(parameters, 'error_description')
  const state = single(parameters, 'state')
  const iss = single(parameters, 'iss')
  return {
    error: errors.length === 1 && isErrorCode(error) ? error : 'invalid_error',
    ...(description !== undefined && { errorDescription: oneLine(description) }),
    ...(state !== undefined && { state }),
    ...(iss !== undefined && { iss }),
  }
}

function single(parameters: ResponseParameters, name: string): string | undefined {
  const values = parameters.getAll(name)
  return values.length === 1 ? values[0] || undefined : undefined
}

/** RFC 6749 §4.1.2.1 gives the characters. The longest code that is registered has under fifty. */
function isErrorCode(error: string): boolean {
  return /^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/.test(error)
}

/** Control and direction characters could make the text look like something it is not. */
function oneLine(text: string): string {
  return text
    .slice(0, longestErrorDescription)
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
}
