import { ResourceServerError } from './errors.ts'
import type { TrustedIssuer } from './trusted-issuer.ts'

/** That none of these providers can be asked for these levels: a fault of the configuration, and no fault of the caller. */
export function unknownAcr(
  acrValues: readonly string[],
  issuers: readonly TrustedIssuer[],
): ResourceServerError {
  const names = acrValues.map((acr) => `\`${acr}\``).join(', ')
  const providers = issuers.map(({ settings }) => `\`${settings.issuer}\``).join(', ')
  return new ResourceServerError(
    'unknown_acr',
    `the provider ${providers} does not advertise the required ${names}`,
    { acrValues },
  )
}
