import * as oauth from 'oauth4webapi'
import { ClientError } from '../errors.ts'

/** OAuth errors that pass by themselves. RFC 6749 §4.1.2.1. */
const passing = new Set(['temporarily_unavailable', 'server_error'])

/** A failure on the way to the provider, or in its answer, as an error of this package. Carries no token or code. */
export function asClientError(error: unknown): unknown {
  if (error instanceof ClientError) return error
  if (
    error instanceof oauth.ResponseBodyError ||
    error instanceof oauth.AuthorizationResponseError
  ) {
    const { error: providerError } = error
    const status = error instanceof oauth.ResponseBodyError ? error.status : 400
    const code =
      passing.has(providerError) || isOverload(status) ? 'provider_unavailable' : 'provider_refused'
    return new ClientError(code, `the provider answered \`${shown(providerError)}\``, {
      providerError,
    })
  }
  if (error instanceof oauth.WWWAuthenticateChallengeError) {
    return new ClientError('provider_refused', 'the provider does not know the client', {
      providerError: 'invalid_client',
    })
  }
  if (
    error instanceof oauth.OperationProcessingError ||
    error instanceof oauth.UnsupportedOperationError
  ) {
    const { cause } = error
    if (cause instanceof Response && isOverload(cause.status)) {
      return new ClientError('provider_unavailable', `the provider answered \`${cause.status}\``)
    }
    // The library's `cause` may hold the answer with its tokens: its words alone go on.
    return new ClientError('response_invalid', `the provider's answer is wrong: ${error.message}`)
  }
  if (error instanceof TypeError || error instanceof DOMException) {
    return new ClientError('provider_unavailable', 'the provider could not be reached', {
      cause: error,
    })
  }
  return error
}

function isOverload(status: number): boolean {
  return status >= 500 || status === 429
}

function shown(text: string): string {
  return text.replaceAll(/[^\u0020-\u007E]/g, '?').slice(0, 100)
}
