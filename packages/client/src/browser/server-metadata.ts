import { unusable } from '../errors.ts'

/** What a provider says of itself, with the members that this client uses. OIDC Discovery §3, RFC 8414 §2. */
export type ServerMetadata = Readonly<Record<string, unknown>> & {
  readonly issuer: string
  readonly authorization_endpoint?: string
  readonly token_endpoint?: string
  readonly revocation_endpoint?: string
  readonly end_session_endpoint?: string
  readonly id_token_signing_alg_values_supported?: readonly string[]
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
  if (isOf(issuer, document)) return document
  throw unusable('discovery document: `issuer`')
}

function isOf(
  { href }: URL,
  document: Readonly<Record<string, unknown>>,
): document is ServerMetadata {
  const { issuer } = document
  return typeof issuer === 'string' && URL.parse(issuer)?.href === href
}

/**
 * An endpoint that the document names: of the web's own schemes, and no weaker than the issuer's.
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
): URL {
  const url = URL.parse(server[name] ?? '')
  if (url && (url.protocol === 'https:' || url.protocol === URL.parse(server.issuer)?.protocol)) {
    return url
  }
  throw unusable(name)
}
