import type { ClientConfig, PolicyDocument } from '@newel/policy-document'
import { IdentityProviderError } from '../identity-provider-error.ts'

/** The account pages as a relying party of the provider itself. Built in, so never in the document. */
export const accountClientId = 'newel-account'

export function accountCallback(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/account/callback`
}

/** @throws IdentityProviderError where the document has a client of this id. */
export function withAccountClient(document: PolicyDocument): PolicyDocument {
  if (document.clients.some(({ id }) => id === accountClientId)) {
    throw new IdentityProviderError(
      'provider_configuration',
      `the client id \`${accountClientId}\` belongs to the provider's own account pages`,
    )
  }
  const client: ClientConfig = {
    id: accountClientId,
    // Said in sentences of every language, so it is the one name that has no language.
    name: document.name ?? new URL(document.issuer).host,
    // The library asks an installed app's user for consent each time; nothing is kept in this browser.
    type: 'spa',
    authentication: 'none',
    redirectUris: [accountCallback(document.issuer)],
    postLogoutRedirectUris: [],
    allowedOrigins: [],
    acrValues: 'strict',
    requirePushedRequests: false,
    signedRequests: 'optional',
    clientCredentials: false,
    dpop: 'optional',
    consent: 'none',
    resources: [],
    scopes: ['openid'],
    refreshTokenLifetimeSeconds: 0,
    deviceFlow: false,
  }
  return { ...document, clients: [...document.clients, client] }
}
