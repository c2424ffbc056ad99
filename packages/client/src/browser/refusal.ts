import { ClientError } from '../errors.ts'

/** What an OAuth error of the provider comes to: worth trying again, or not. RFC 6749 §4.1.2.1, §5.2. */
export function refusal(providerError: string): ClientError {
  const passing = providerError === 'temporarily_unavailable' || providerError === 'server_error'
  return new ClientError(
    passing ? 'provider_unavailable' : 'provider_refused',
    `the provider answered \`${providerError}\``,
    { providerError },
  )
}
