import type { EpochSeconds } from '@newel/policy'
import type { ClientConfig, PolicyDocument } from '@newel/policy-document'
import { levelsMember, levelsMetadata } from '@newel/protocol'
import type { Client, Configuration, KoaContextWithOIDC, Provider } from 'oidc-provider'
import { errors } from 'oidc-provider'
import type { JWK } from 'jose'
import { accountResource } from '../account/account-resource.ts'
import {
  type PageFrame,
  errorPage,
  locales,
  loggedOutPage,
  logoutConfirmPage,
} from '../interaction/pages/index.ts'
import { referenceOf } from '../operations/request-facts.ts'
import { addressIdentity } from '../mail/index.ts'
import type { RandomBytes } from '../secrets/index.ts'
import type { Account, Store } from '../store/index.ts'
import { sessionClaim, sessionReference } from '../session/session-reference.ts'
import { artifactAdapter } from './artifact-adapter.ts'
import { assuranceOf, clientOf } from './assurance-request.ts'
import { clientMetadata, openidScopes } from './client-metadata.ts'
import { type KnownClient, clientConfigOf } from './client-config.ts'
import { isWithinDocument, registrationFeatures, registrationRoute } from './client-registration.ts'
import { deviceCodeSeconds, deviceRoutes } from './device-flow.ts'
import { isOfPresent, markGeneration } from './grant-generation.ts'
import { fetchForClients, keySetLimit } from './fetch-for-clients.ts'
import { refreshClientKeys, verifyWithFreshKeys } from './fresh-client-keys.ts'
import {
  checkClientAssertion,
  checkRequestObject,
  clientSigningAlgorithms,
} from './signed-by-client.ts'
import { cookieConfiguration } from './cookies.ts'
import { introspectionPolicy } from './may-introspect.ts'
import { maxAgeZeroParameter, preserveMaxAgeZero } from './max-age-zero.ts'
import { sayUnavailable } from './say-unavailable.ts'
import { checkResponseMode } from './response-mode.ts'
import { spoken } from './spoken.ts'
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

/** How long the pages wait for a person, in seconds. */
export const interactionSeconds = 15 * 60

/** Lifetime of an ID token, in seconds: it is read once, when it comes. */
export const idTokenSeconds = 3600

export function providerConfiguration(options: ProviderConfigurationOptions): Configuration {
  const { document, store, clock, frame } = options
  const tokens = tokenAuthentication({ ...document, store, clock })
  const { registration } = document
  const configOf = (client: KnownClient | undefined): ClientConfig | undefined =>
    clientConfigOf(document, client)
  const sessionSeconds = document.session.lifetimeSeconds
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
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx: KoaContextWithOIDC, form: string) => {
          ctx.type = 'html'
          ctx.body = logoutConfirmPage({
            ...spoken(ctx, frame),
            ...clientNameOf(configOf(ctx.oidc.client)),
            form: { id: 'op.logoutForm', markup: form },
          })
        },
        postLogoutSuccessSource: (ctx: KoaContextWithOIDC) => {
          ctx.type = 'html'
          ctx.body = loggedOutPage(spoken(ctx, frame))
        },
      },
      resourceIndicators: {
        enabled: true,
        // The first that was asked for, else the first that the client may ask for.
        defaultResource: (_ctx: KoaContextWithOIDC, client: KnownClient, oneOf?: string[]) =>
          oneOf?.[0] ?? configOf(client)?.resources[0],
        useGrantedResource: () => true,
        getResourceServerInfo: (ctx: KoaContextWithOIDC, indicator: string) => {
          const resource = document.resources.find(({ id }) => id === indicator)
          const asking = configOf(ctx.oidc.client)
          if (resource === undefined || asking?.resources.includes(indicator) !== true) {
            throw new errors.InvalidTarget()
          }
          const scopes = [...resource.scopes.keys()].filter((scope) =>
            asking.scopes.includes(scope),
          )
          return {
            scope: scopes.join(' '),
            audience: resource.id,
            accessTokenTTL: resource.accessTokenLifetimeSeconds,
            ...(resource.accessTokenFormat === 'opaque'
              ? { accessTokenFormat: 'opaque' as const }
              : { accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } }),
          }
        },
      },
    },
    async findAccount(ctx: KoaContextWithOIDC, sub: string) {
      const account = await store.accounts.byId(sub)
      if (account === undefined || account.disabled || (await isEnded(ctx, account)))
        return undefined
      // Every grant looks its account up before it issues, so this is where its authentication is settled.
      await tokens.settle(ctx)
      return {
        accountId: account.id,
        ...(account.generation === undefined ? {} : { generation: account.generation }),
        claims: async () => ({
          sub: account.id,
          preferred_username: account.username,
          ...(account.name === undefined ? {} : { name: account.name }),
          ...(account.email === undefined
            ? {}
            : await emailClaims(store, account.id, account.email)),
        }),
      }
    },
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
    renderError: (ctx: KoaContextWithOIDC, out: { error: string }, error: unknown) => {
      const unavailable = sayUnavailable(ctx, error)
      ctx.type = 'html'
      ctx.body = errorPage({
        ...spoken(ctx, frame),
        error: unavailable ? 'temporarily_unavailable' : pageErrorOf(out.error),
        reference: referenceOf(ctx.req),
      })
    },
    ttl: {
      AccessToken: (
        ctx: KoaContextWithOIDC,
        token: { resourceServer?: { accessTokenTTL?: number } },
      ) => tokens.lifetimeSeconds(ctx, token.resourceServer?.accessTokenTTL ?? 300),
      AuthorizationCode: 60,
      DeviceCode: deviceCodeSeconds,
      ClientCredentials: (
        _ctx: KoaContextWithOIDC,
        token: { resourceServer?: { accessTokenTTL?: number } },
      ) => token.resourceServer?.accessTokenTTL ?? 300,
      IdToken: idTokenSeconds,
      RefreshToken: (ctx: KoaContextWithOIDC, _token: unknown, client: KnownClient) =>
        ctx.oidc.entities.RotatedRefreshToken?.remainingTTL ??
        Math.max(1, configOf(client)?.refreshTokenLifetimeSeconds ?? 1),
      Interaction: interactionSeconds,
      Session: sessionSeconds,
      Grant: sessionSeconds + 86_400,
    },
  }
  return configuration as unknown as Configuration
}

/** OIDC Core §5.1: `email_verified` says that this very address was shown to be the person's. */
async function emailClaims(
  { credentials }: Store,
  accountId: string,
  email: string,
): Promise<{ readonly email: string; readonly email_verified: boolean }> {
  const known = await credentials.forAccount(accountId)
  const email_verified = known.some(
    (credential) =>
      credential.method === 'email-code' &&
      addressIdentity(credential.data.address) === addressIdentity(email),
  )
  return { email, email_verified }
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

/** Whether the code or token in hand was issued before all of the account's were ended. */
async function isEnded(ctx: KoaContextWithOIDC, account: Account): Promise<boolean> {
  const { AuthorizationCode, RefreshToken, DeviceCode, AccessToken, Grant } = ctx.oidc.entities
  const inHand: InHand | undefined = AuthorizationCode ?? RefreshToken ?? DeviceCode ?? AccessToken
  const issuedAt = inHand?.iiat ?? inHand?.iat
  if (inHand === undefined || issuedAt === undefined) return false
  if (issuedAt < (account.validFrom ?? 0)) return true
  // The library finds the grant of an access token after its account.
  const { grantId } = inHand
  const grant = Grant ?? (grantId && (await ctx.oidc.provider.Grant.find(grantId)))
  return typeof grant === 'object' && !isOfPresent(grant, account)
}

interface InHand {
  readonly iat?: number | undefined
  readonly iiat?: number | undefined
  readonly grantId?: string | undefined
}

/** Tokens of others are none of a client's business, whatever kind it is. */
function ownTokenOnly(
  _ctx: unknown,
  client: { clientId: string },
  token: { clientId?: string },
): boolean {
  return client.clientId === token.clientId
}

function clientNameOf(client: ClientConfig | undefined): { clientName?: string } {
  return client === undefined ? {} : { clientName: client.name ?? client.id }
}

type PageError = Parameters<typeof errorPage>[0]['error']

function pageErrorOf(code: string): PageError {
  if (code === 'invalid_client') return 'unknown_client'
  if (code === 'invalid_redirect_uri') return 'invalid_redirect_uri'
  return code === 'server_error' ? 'server_error' : 'invalid_request'
}

/** A first-party client is granted what it asks for, as far as the document lets it ask; others go through consent. */
async function firstPartyGrant(
  ctx: KoaContextWithOIDC,
  config: ClientConfig | undefined,
): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { client, session, result, provider, account } = ctx.oidc
  if (client === undefined || session === undefined || account === undefined) return undefined
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const found = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const existing = found !== undefined && isOfPresent(found, account) ? found : undefined
  if (config?.consent !== 'none') return existing
  const grant =
    existing ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  markGeneration(grant, account)
  const before = JSON.stringify([grant.openid, grant.resources])
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '))
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims])
  for (const [indicator, server] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const offered = [...ctx.oidc.requestParamScopes].filter((scope) => server.scopes.has(scope))
    grant.addResourceScope(indicator, offered.join(' '))
  }
  if (existing === undefined || before !== JSON.stringify([grant.openid, grant.resources]))
    await grant.save()
  return grant
}
