import type { PolicyDocument } from '@newel/policy-document'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { type KnownClient, clientConfigOf } from './client-config.ts'
import { deviceCodeSeconds } from './device-flow.ts'
import type { TokenAuthentication } from './token-authentication.ts'

/** How long the pages wait for a person, in seconds. */
export const interactionSeconds = 15 * 60

/** Lifetime of an ID token, in seconds: it is read once, when it comes. */
export const idTokenSeconds = 3600

/** An access token about to be written. */
interface IssuedToken {
  readonly resourceServer?: { readonly accessTokenTTL?: number }
}

const configuredSeconds = ({ resourceServer }: IssuedToken): number =>
  resourceServer?.accessTokenTTL ?? 300

/** How long what is issued lives, in seconds. */
export function lifetimes(document: PolicyDocument, tokens: TokenAuthentication) {
  const sessionSeconds = document.session.lifetimeSeconds
  return {
    AccessToken: (ctx: KoaContextWithOIDC, token: IssuedToken) =>
      tokens.lifetimeSeconds(ctx, configuredSeconds(token)),
    AuthorizationCode: 60,
    DeviceCode: deviceCodeSeconds,
    ClientCredentials: (_ctx: KoaContextWithOIDC, token: IssuedToken) => configuredSeconds(token),
    IdToken: idTokenSeconds,
    RefreshToken: (ctx: KoaContextWithOIDC, _token: unknown, client: KnownClient) =>
      ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ??
      Math.max(1, clientConfigOf(document, client)?.refreshTokenLifetimeSeconds ?? 1),
    Interaction: interactionSeconds,
    Session: sessionSeconds,
    Grant: sessionSeconds + 86_400,
  }
}
