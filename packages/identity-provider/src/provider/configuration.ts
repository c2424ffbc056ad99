import type { EpochSeconds } from '@newel/policy'
import type { ClientConfig, PolicyDocument } from '@newel/policy-document'
import { levelsMember, levelsMetadata } from '@newel/protocol'
import type { Client, Configuration, KoaContextWithOIDC } from 'oidc-provider'
import type { JWK } from 'jose'
import { accountResource } from '../account/account-resource.ts'
import { type PageFrame, locales } from '../interaction/pages/index.ts'
import type { RandomBytes } from '../secrets/index.ts'
import type { Store } from '../store/index.ts'
import { sessionClaim, sessionReference } from '../session/session-reference.ts'
import { artifactAdapter } from './artifact-adapter.ts'
import { assuranceOf, clientOf } from './assurance-request.ts'
import { clientMetadata, openidScopes } from './client-metadata.ts'
import { type KnownClient, clientConfigOf } from './client-config.ts'
import { isWithinDocument, registrationFeatures, registrationRoute } from './client-registration.ts'
import { deviceRoutes } from './device-flow.ts'
import { fetchForClients, keySetLimit } from './fetch-for-clients.ts'
import { findAccount } from './find-account.ts'
import { firstPartyGrant } from './first-party-grant.ts'
import { refreshClientKeys, verifyWithFreshKeys } from './fresh-client-keys.ts'
import {
  checkClientAssertion,
  checkRequestObject,
  clientSigningAlgorithms,
} from './signed-by-client.ts'
import { cookieConfiguration } from './cookies.ts'
import { lifetimes } from './lifetimes.ts'
import { logoutPages } from './logout-pages.ts'
import { introspectionPolicy } from './may-introspect.ts'
import { maxAgeZeroParameter, preserveMaxAgeZero } from './max-age-zero.ts'
import { renderError } from './render-error.ts'
import { resourceIndicators } from './resource-indicators.ts'
import { checkResponseMode } from './response-mode.ts'
import { type StepUpPromptDependencies, interactionPrompts } from './step-up-prompt.ts'
import { tokenAuthentication } from './token-authentication.ts'

export interface ProviderConfigurationOptions extends StepUpPromptDependencies {
  readonly document: PolicyDocument
  readonly store: Store
  readonly clock: () => EpochSeconds
  readonly clientSecrets: ReadonlyMap<string, string>
  /** The active key first. */
  readonly signingKeys: readonly JWK[]
  readonly cookieKeys: readonly string[]
  readonly frame: PageFrame
  readonly random: RandomBytes
  /** The library's feature. Absent: no client of the document may use it. */
  readonly deviceFlow?: Readonly<Record<string, unknown>>
}

export function providerConfiguration(options: ProviderConfigurationOptions): Configuration {
  const { document, store, clock, frame } = options
  const tokens = tokenAuthentication({ ...document, store, clock })
  const { registration } = document
  const configOf = (client: KnownClient | undefined): ClientConfig | undefined =>
    clientConfigOf(document, client)
  const configuration = {
    adapter: artifactAdapter(
      store.artifacts,
      clock,
      (record) => registration !== undefined && isWithinDocument(record, registration),
    ),
    clients: document.clients.map((client) => clientMetadata(client, options.clientSecrets)),
    jwks: { keys: options.signingKeys.map((key) => ({ ...key })) },
    cookies: cookieConfiguration(document.issuer, options.cookieKeys),
    scopes: [...openidScopes],
    claims: {
      openid: ['sub', 'acr', 'amr', 'auth_time'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    // With a resource in the request no userinfo token comes back, so the ID token tells what the scopes grant.
    conformIdTokenClaims: false,
    responseTypes: ['code'],
    // OIDC Core §3.1.2.1 requires it, and exact means that it is there.
    allowOmittingSingleRegisteredRedirectUri: false,
    acrValues: [...document.levels.acrValues],
    discovery: {
      [levelsMember]: levelsMetadata(document.levels),
      ui_locales_supported: [...locales],
      // Initiating User Registration via OpenID Connect 1.0 §4.2.
      prompt_values_supported: [
        'none',
        'login',
        'consent',
        ...(document.signUp === undefined ? [] : ['create']),
      ],
    },
    clientDefaults: { id_token_signed_response_alg: 'ES256' },
    enabledJWA: {
      idTokenSigningAlgValues: ['ES256'],
      clientAuthSigningAlgValues: [...clientSigningAlgorithms],
      requestObjectSigningAlgValues: [...clientSigningAlgorithms],
    },
    clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
    assertJwtClientAuthClaimsAndHeader: async (
      ctx: KoaContextWithOIDC,
      claims: Record<string, unknown>,
      header: Record<string, unknown>,
      client: Client,
    ) => {
      checkClientAssertion(ctx, claims, header, clock())
      await verifyWithFreshKeys(client, String(ctx.oidc.params?.['client_assertion']))
    },
    // Seconds by which the clock of a client may be ahead. FAPI 2.0 Security Profile §5.3.2.1: ten at least.
    clockTolerance: 15,
    fetch: fetchForClients(document.clients),
    fetchResponseBodyLimits: { jwks_uri: keySetLimit, sector_identifier_uri: keySetLimit },
    pkce: { required: () => true },
    routes: {
      authorization: '/authorize',
      token: '/token',
      userinfo: '/userinfo',
      jwks: '/jwks.json',
      end_session: '/logout',
      revocation: '/revoke',
      introspection: '/introspect',
      pushed_authorization_request: '/par',
      ...deviceRoutes,
      registration: registrationRoute,
    },
    extraParams: {
      // The validator runs for every request, sent or not; it also refuses what no page could ever satisfy.
      [maxAgeZeroParameter]: (ctx: KoaContextWithOIDC) => {
        checkResponseMode(ctx, clientOf(ctx, document))
        preserveMaxAgeZero(ctx)
        assuranceOf(ctx, document)
      },
    },
    interactions: {
      policy: interactionPrompts(options),
      url: (_ctx: KoaContextWithOIDC, interaction: { uid: string }) =>
        `${frame.basePath ?? ''}/interaction/${interaction.uid}`,
    },
    features: {
      devInteractions: { enabled: false },
      claimsParameter: { enabled: true },
      pushedAuthorizationRequests: { enabled: true },
      revocation: { enabled: true, allowedPolicy: ownTokenOnly },
      introspection: { enabled: true, allowedPolicy: introspectionPolicy(document.clients) },
      userinfo: { enabled: true },
      dPoP: { enabled: true },
      ...(options.deviceFlow && { deviceFlow: options.deviceFlow }),
      ...(registration && registrationFeatures(registration, options)),
      backchannelLogout: { enabled: true },
      requestObjects: {
        enabled: true,
        assertJwtClaimsAndHeader: async (
          ctx: KoaContextWithOIDC,
          claims: Record<string, unknown>,
          header: Record<string, unknown>,
          client: Client,
        ) => {
          checkRequestObject(ctx, claims, header, clock())
          // The signature comes after this. Of a pushed request it was verified when it was pushed.
          if (header['alg'] !== 'none') await refreshClientKeys(client)
        },
      },
      // Switched on, it also ends access tokens in addresses, for every client (RFC 9700 §4.3.2).
      fapi: {
        enabled: true,
        profile: (_ctx: KoaContextWithOIDC, client?: KnownClient) =>
          configOf(client)?.profile === 'fapi2' ? '2.0' : undefined,
      },
      clientCredentials: { enabled: document.clients.some((client) => client.clientCredentials) },
      rpInitiatedLogout: logoutPages(document, frame),
      resourceIndicators: resourceIndicators(document),
    },
    findAccount: async (ctx: KoaContextWithOIDC, sub: string) =>
      findAccount(store, tokens, ctx, sub),
    extraTokenClaims: (ctx: KoaContextWithOIDC, token: IssuedToken) => ({
      ...sessionOf(token, accountResource(document.issuer)),
      ...tokens.claims(ctx),
    }),
    loadExistingGrant: async (ctx: KoaContextWithOIDC) =>
      firstPartyGrant(ctx, configOf(ctx.oidc.client)),
    issueRefreshToken: (
      _ctx: KoaContextWithOIDC,
      client: { grantTypeAllowed(type: string): boolean },
    ) => client.grantTypeAllowed('refresh_token'),
    // FAPI 2.0 Security Profile §5.3.2.1: no rotation. Its refresh tokens are bound to the client's key.
    rotateRefreshToken: (ctx: KoaContextWithOIDC) => !ctx.oidc.isFapi('2.0'),
    clientBasedCORS: (_ctx: KoaContextWithOIDC, origin: string, client: KnownClient) =>
      configOf(client)?.allowedOrigins.includes(origin) === true,
    renderError: (ctx: KoaContextWithOIDC, out: { error: string }, error: unknown) =>
      renderError(frame, ctx, out.error, error),
    ttl: lifetimes(document, tokens),
  }
  return configuration as unknown as Configuration
}

/** An access token about to be written. */
interface IssuedToken {
  readonly aud?: string | string[] | undefined
  readonly sessionUid?: string | undefined
}

/** The account API ends with the session: it can be used to let somebody in, and a logout must close that door at once. */
function sessionOf({ aud, sessionUid }: IssuedToken, resource: string): Record<string, string> {
  return aud === resource && sessionUid !== undefined
    ? { [sessionClaim]: sessionReference(sessionUid) }
    : {}
}

/** Tokens of others are none of a client's business, whatever kind it is. */
function ownTokenOnly(
  _ctx: unknown,
  client: { clientId: string },
  token: { clientId?: string },
): boolean {
  return client.clientId === token.clientId
}
