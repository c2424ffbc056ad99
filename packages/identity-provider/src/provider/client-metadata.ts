import type { ClientConfig } from '@newel/policy-document'
import type { ClientMetadata } from 'oidc-provider'
import { IdentityProviderError } from '../identity-provider-error.ts'

/** Scopes that are not those of a resource. OIDC Core §5.4, §11. */
export const openidScopes: readonly string[] = ['openid', 'profile', 'email', 'offline_access']

/** RFC 8628 §3.4. */
const deviceGrant = 'urn:ietf:params:oauth:grant-type:device_code'

/** A client of the document in the metadata of OpenID Connect Registration §2. */
export function clientMetadata(
  client: ClientConfig,
  secrets: ReadonlyMap<string, string>,
): ClientMetadata {
  return {
    client_id: client.id,
    ...(client.name === undefined ? {} : { client_name: client.name }),
    ...authentication(client, secrets),
    ...(client.keys?.jwks && { jwks: { keys: client.keys.jwks.keys.map((key) => ({ ...key })) } }),
    ...(client.keys?.jwksUri !== undefined && { jwks_uri: client.keys.jwksUri }),
    redirect_uris: [...client.redirectUris],
    post_logout_redirect_uris: [...client.postLogoutRedirectUris],
    response_types: client.redirectUris.length > 0 ? ['code'] : [],
    grant_types: grantTypes(client),
    // Scopes of resources are granted by the resource; the library knows these alone.
    scope: client.scopes.filter((scope) => openidScopes.includes(scope)).join(' '),
    application_type: client.type === 'public' ? 'native' : 'web',
    id_token_signed_response_alg: 'ES256',
    require_auth_time: true,
    ...(client.backchannelLogoutUri !== undefined && {
      backchannel_logout_uri: client.backchannelLogoutUri,
      // One browser's session, and not every one that the person has there.
      backchannel_logout_session_required: true,
    }),
    ...(client.requirePushedRequests && { require_pushed_authorization_requests: true }),
    ...(client.signedRequests === 'required' && { require_signed_request_object: true }),
    ...(client.dpop === 'required' && { dpop_bound_access_tokens: true }),
  }
}

function grantTypes(client: ClientConfig): string[] {
  const inBrowser = client.redirectUris.length > 0
  const signsPeopleIn = inBrowser || client.deviceFlow
  return [
    ...(inBrowser ? ['authorization_code'] : []),
    ...(client.deviceFlow ? [deviceGrant] : []),
    ...(signsPeopleIn && client.refreshTokenLifetimeSeconds > 0 ? ['refresh_token'] : []),
    ...(client.clientCredentials ? ['client_credentials'] : []),
  ]
}

function authentication(
  client: ClientConfig,
  secrets: ReadonlyMap<string, string>,
): Pick<ClientMetadata, 'client_secret' | 'token_endpoint_auth_method'> {
  if (client.authentication !== 'secret') {
    return { token_endpoint_auth_method: client.authentication }
  }
  const secret = secrets.get(client.id)
  if (secret === undefined || secret === '') {
    throw new IdentityProviderError(
      'client_secret_missing',
      `the confidential client \`${client.id}\` has no secret; set what its \`secret\` refers to`,
    )
  }
  // RFC 6749 §2.3.1: the library takes the secret in the body from such a client too.
  return { client_secret: secret, token_endpoint_auth_method: 'client_secret_basic' }
}
