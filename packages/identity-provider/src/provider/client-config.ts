import type { ClientConfig, PolicyDocument, RegistrationConfig } from '@newel/policy-document'

/** What the library knows of a client, as far as it is read here. */
export interface KnownClient {
  readonly clientId: string
  readonly clientName?: string | undefined
  readonly redirectUris?: readonly string[] | undefined
  readonly postLogoutRedirectUris?: readonly string[] | undefined
  readonly tokenEndpointAuthMethod?: string | undefined
  readonly requirePushedAuthorizationRequests?: boolean | undefined
  readonly dpopBoundAccessTokens?: boolean | undefined
  readonly backchannelLogoutUri?: string | undefined
}

const byId = new WeakMap<PolicyDocument, ReadonlyMap<string, ClientConfig>>()

/**
 * What holds for a client: what the document says of it, or of all that register themselves. Undefined: it is neither, and
 * nothing is to be granted to it.
 */
export function clientConfigOf(
  document: PolicyDocument,
  client: KnownClient | undefined,
): ClientConfig | undefined {
  if (client === undefined) return undefined
  let known = byId.get(document)
  if (known === undefined) {
    known = new Map(document.clients.map((stated) => [stated.id, stated]))
    byId.set(document, known)
  }
  const stated = known.get(client.clientId)
  if (stated !== undefined || document.registration === undefined) return stated
  return registeredClient(client, document.registration)
}

/** Levels, resources and scopes are the document's at this moment, whatever held when the client registered. */
function registeredClient(client: KnownClient, registration: RegistrationConfig): ClientConfig {
  const { redirectUris = [], tokenEndpointAuthMethod } = client
  const inBrowser = tokenEndpointAuthMethod === 'none'
  const {
    minimum,
    default: byDefault,
    resources,
    scopes,
    refreshTokenLifetimeSeconds,
  } = registration
  return {
    id: client.clientId,
    name: nameOf(client),
    type: inBrowser ? 'spa' : 'confidential',
    authentication:
      tokenEndpointAuthMethod === 'none' || tokenEndpointAuthMethod === 'private_key_jwt'
        ? tokenEndpointAuthMethod
        : 'secret',
    redirectUris,
    postLogoutRedirectUris: client.postLogoutRedirectUris ?? [],
    allowedOrigins: inBrowser ? [...new Set(redirectUris.map((uri) => new URL(uri).origin))] : [],
    ...(minimum !== undefined && { minimum }),
    ...(byDefault !== undefined && { default: byDefault }),
    acrValues: 'strict',
    requirePushedRequests: client.requirePushedAuthorizationRequests === true,
    dpop: client.dpopBoundAccessTokens === true ? 'required' : 'optional',
    // It is nobody's own app.
    consent: 'required',
    resources,
    scopes,
    refreshTokenLifetimeSeconds,
    deviceFlow: false,
    clientCredentials: false,
    signedRequests: 'optional',
    ...(client.backchannelLogoutUri !== undefined && {
      backchannelLogoutUri: client.backchannelLogoutUri,
    }),
  }
}

/** The name is its own claim; the host is where the person will land. */
function nameOf({ clientId, clientName, redirectUris = [] }: KnownClient): string {
  const [uri] = redirectUris
  const host = uri === undefined ? clientId : new URL(uri).host
  return clientName === undefined ? host : `${clientName} (${host})`
}
