import { unusable } from '../errors.ts'
import { isText } from './id-token.ts'

/** What a provider says of itself, with the members that this client uses. OIDC Discovery §3, RFC 8414 §2. */
export type ServerMetadata = Readonly<Record<string, unknown>> & {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly revocation_endpoint?: string
  readonly end_session_endpoint?: string
  readonly authorization_response_iss_parameter_supported?: boolean
  readonly claims_parameter_supported?: boolean
}

/**
 * Believe a discovery document that names the issuer it was asked of, and no other (OIDC Discovery §4.3).
 *
 * @throws ClientError `response_invalid`
 */
export function serverMetadata(
  issuer: URL,
  document: Readonly<Record<string, unknown>>,
): ServerMetadata {
  const { issuer: named } = document
  if (typeof named === 'string' && URL.parse(named)?.href === issuer.href) {
    return document as ServerMetadata
  }
  throw unusable('metadata: `issuer`')
}

/**
 * An endpoint that the document names: of the web's own schemes, and no weaker than the issuer's. `parameters`: those that
 * the page is sent there with.
 *
 * @throws ClientError `response_invalid` where it names none that may be used
 */
export function endpoint(
  server: ServerMetadata,
  name:
    | 'authorization_endpoint'
    | 'token_endpoint'
    | 'revocation_endpoint'
    | 'end_session_endpoint',
  parameters: Readonly<Record<string, string>> = {},
): URL {
  const address: unknown = server[name]
  const url = isText(address) && URL.parse(address)
  if (!url || !['https:', new URL(server.issuer).protocol].includes(url.protocol)) {
    throw unusable(name)
  }
  for (const [key, value] of Object.entries(parameters)) url.searchParams.set(key, value)
  return url
}
