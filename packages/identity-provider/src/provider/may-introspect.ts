import type { ClientConfig } from '@newel/policy-document'

/** A token, as far as it matters who asks about it. */
export interface AskedToken {
  readonly issuedTo: string | undefined
  /** Absent: it is for the provider itself, or no access token. */
  readonly audience: string | undefined
}

/**
 * Who may learn about a token (RFC 7662 §2.1): the client that it was issued to, and an API that it is for. An API is a
 * `confidential` client with that resource among its own; others do not authenticate, so anybody could ask in their name.
 */
export function introspectionRule(
  clients: readonly ClientConfig[],
): (clientId: string, token: AskedToken) => boolean {
  const apis = new Map(
    clients.flatMap(({ id, authentication, resources }) =>
      authentication === 'none' ? [] : [[id, resources]],
    ),
  )
  return (clientId, { issuedTo, audience }) =>
    clientId === issuedTo ||
    (audience !== undefined && apis.get(clientId)?.includes(audience) === true)
}

/** An access token has an audience; what a refresh token is for concerns its client alone. */
export function introspectionPolicy(
  clients: readonly ClientConfig[],
): (_ctx: unknown, client: { clientId: string }, token: IntrospectedToken) => boolean {
  const mayIntrospect = introspectionRule(clients)
  return (_ctx, { clientId }, { clientId: issuedTo, kind, aud }) =>
    mayIntrospect(clientId, {
      issuedTo,
      audience: kind !== 'RefreshToken' && typeof aud === 'string' ? aud : undefined,
    })
}

interface IntrospectedToken {
  readonly kind: string
  readonly clientId?: string
  readonly aud?: unknown
}
