import { asymmetricAlgorithms } from './signature/key-set.ts'

/** What a resource tells of itself (RFC 9728 §2). */
export interface ProtectedResource {
  /** The resource's identifier: the address under which clients reach it. */
  readonly resource: string
  /** The providers whose tokens it accepts. */
  readonly issuers: readonly string[]
  readonly scopes?: readonly string[]
  /** For people: what this is. */
  readonly name?: string
  readonly documentation?: string
  /** Whether every token must be bound to a DPoP key. Default: `false`. */
  readonly dpopRequired?: boolean
}

/** The metadata document of a protected resource (RFC 9728 §3.2), to be served as JSON. */
export function protectedResourceMetadata({
  resource,
  issuers,
  scopes,
  name,
  documentation,
  dpopRequired,
}: ProtectedResource): Readonly<Record<string, unknown>> {
  return {
    resource,
    authorization_servers: issuers,
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: asymmetricAlgorithms,
    ...(scopes && { scopes_supported: scopes }),
    ...(name !== undefined && { resource_name: name }),
    ...(documentation !== undefined && { resource_documentation: documentation }),
    ...(dpopRequired === true && { dpop_bound_access_tokens_required: true }),
  }
}

/** Where that document stands: the well-known part between host and path (RFC 9728 §3.1). */
export function protectedResourceMetadataUrl(resource: string): string {
  const { origin, pathname } = new URL(resource)
  return `${origin}/.well-known/oauth-protected-resource${pathname === '/' ? '' : pathname}`
}
