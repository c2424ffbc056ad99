import type { Requirement } from '@newel/policy'
import { authorizationParameters } from '@newel/protocol'
import * as oauth from 'oauth4webapi'
import { ClientError } from '../errors.ts'
import type { KeptKey } from './bound-key.ts'
import type { NodeSettings } from './node-options.ts'
import { OauthClient } from './oauth-client.ts'
import { addressForPerson, userCodeForPerson } from './person-link.ts'
import { type NodeTokens, sessionFrom } from './stored-tokens.ts'

/** What the provider is asked. */
export interface AuthorizationWish {
  readonly requirement?: Requirement
  /** Who must answer. Absent: anybody. */
  readonly subject?: string
  /** Scopes besides those of the client, separated by spaces. */
  readonly scope?: string
  /** What the tokens are to be bound to. Absent: nothing. */
  readonly key?: KeptKey
}

/** A redirect on its way: what its answer must match. RFC 7636, OIDC Core §3.1.2.1. */
export interface LoopbackRequest {
  readonly url: string
  readonly state: string
  readonly nonce: string
  readonly verifier: string
  readonly redirectUri: string
  readonly key?: KeptKey
}

/** A device authorization on its way. RFC 8628 §3.2. */
export interface DeviceRequest {
  /** As good as the tokens once the person has approved: never shown. */
  readonly deviceCode: string
  readonly userCode: string
  readonly url: string
  readonly urlWithCode?: string
  readonly expiresInSeconds: number
  readonly intervalSeconds: number
}

/** The provider's endpoints as a program calls them: what goes out, and whether what came back may be believed. */
export class NodeProvider extends OauthClient {
  readonly #settings: NodeSettings

  constructor(settings: NodeSettings) {
    super(settings)
    this.#settings = settings
  }

  async loopbackRequest(wish: AuthorizationWish, redirectUri: string): Promise<LoopbackRequest> {
    const { host, clientId, keys } = this.#settings
    const { key } = wish
    const { server } = await this.discover()
    const state = host.randomToken()
    const nonce = host.randomToken()
    const verifier = host.randomToken()
    const url = new URL(addressForPerson(server.authorization_endpoint ?? ''))
    const parameters = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri: redirectUri,
      ...(await this.#wished(wish)),
      state,
      nonce,
      code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
      // RFC 9449 §10: the code, too, is good with this key alone.
      ...(key ? { dpop_jkt: await keys.of(key).thumbprint() } : {}),
    }
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return { url: url.href, state, nonce, verifier, redirectUri, ...(key ? { key } : {}) }
  }

  async redeemCode(
    answer: URLSearchParams,
    { state, nonce, verifier, redirectUri, key }: LoopbackRequest,
    signal: AbortSignal,
  ): Promise<NodeTokens> {
    const { server } = await this.discover()
    return this.guarded(signal, async () => {
      const { client } = this
      const callback = oauth.validateAuthResponse(server, client, answer, state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        this.authentication,
        callback,
        redirectUri,
        verifier,
        this.#tokenRequest(key, signal),
      )
      const body = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: nonce,
        requireIdToken: true,
      })
      return this.#tokens(body, key)
    })
  }

  async deviceRequest(wish: AuthorizationWish, signal?: AbortSignal): Promise<DeviceRequest> {
    const { server } = await this.discover()
    return this.guarded(signal, async () => {
      const { client } = this
      const response = await oauth.deviceAuthorizationRequest(
        server,
        client,
        this.authentication,
        await this.#wished(wish),
        this.request(signal),
      )
      const body = await oauth.processDeviceAuthorizationResponse(server, client, response)
      return {
        deviceCode: body.device_code,
        userCode: userCodeForPerson(body.user_code),
        url: addressForPerson(body.verification_uri),
        ...(body.verification_uri_complete === undefined
          ? {}
          : { urlWithCode: addressForPerson(body.verification_uri_complete) }),
        expiresInSeconds: body.expires_in,
        // RFC 8628 §3.2. Not below a second nor above a minute, whatever the provider says.
        intervalSeconds: Math.min(60, Math.max(1, body.interval ?? 5)),
      }
    })
  }

  /** Ask once for the tokens of a device. @throws ClientError `provider_refused` with `authorization_pending` */
  async redeemDeviceCode(
    deviceCode: string,
    key: KeptKey | undefined,
    signal?: AbortSignal,
  ): Promise<NodeTokens> {
    const { server } = await this.discover()
    return this.guarded(signal, async () => {
      const { client } = this
      const response = await oauth.deviceCodeGrantRequest(
        server,
        client,
        this.authentication,
        deviceCode,
        this.#tokenRequest(key, signal),
      )
      return this.#tokens(await oauth.processDeviceCodeResponse(server, client, response), key)
    })
  }

  /** @throws ClientError `provider_refused` where the refresh token is no longer good */
  async refresh(tokens: NodeTokens, refreshToken: string): Promise<NodeTokens> {
    const { server } = await this.discover()
    return this.guarded(undefined, async () => {
      const { client } = this
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        this.authentication,
        refreshToken,
        this.#tokenRequest(tokens.key),
      )
      const body = await oauth.processRefreshTokenResponse(server, client, response)
      const refreshed = this.#tokens(body, tokens.key, tokens)
      // OIDC Core §12.2: the same person, or nobody.
      if (refreshed.session.subject === tokens.session.subject) return refreshed
      throw new ClientError('response_invalid', 'the refreshed ID token names another subject')
    })
  }

  /** RFC 7009. `false`: the provider has no such endpoint. */
  async revoke(token: string): Promise<boolean> {
    const { server } = await this.discover()
    if (server.revocation_endpoint === undefined) return false
    return this.guarded(undefined, async () => {
      const options = this.request() as oauth.RevocationRequestOptions
      const response = await oauth.revocationRequest(
        server,
        this.client,
        this.authentication,
        token,
        options,
      )
      await oauth.processRevocationResponse(response)
      return true
    })
  }

  async #wished({ requirement, subject, scope = '' }: AuthorizationWish) {
    const { server } = await this.discover()
    const { resource } = this.#settings
    // Scopes granted before are asked again, so that a step-up never takes one away.
    const scopes = new Set(`${this.#settings.scope} ${scope}`.split(' ').filter(Boolean))
    const asksSubject = subject !== undefined && server.claims_parameter_supported !== false
    return {
      scope: [...scopes].join(' '),
      ...(resource === undefined ? {} : { resource }),
      ...(requirement ? authorizationParameters(requirement) : {}),
      // Bind the answer to the person (OIDC Core §5.5.1) without an ID token in the address.
      ...(asksSubject ? { claims: JSON.stringify({ id_token: { sub: { value: subject } } }) } : {}),
    }
  }

  #tokenRequest(key: KeptKey | undefined, signal?: AbortSignal): oauth.TokenEndpointRequestOptions {
    const { resource } = this.#settings
    return {
      ...(this.request(signal, key) as oauth.TokenEndpointRequestOptions),
      ...(resource === undefined ? {} : { additionalParameters: { resource } }),
    }
  }

  /** `before`, at a refresh, supplies what the answer may leave out. RFC 6749 §6, OIDC Core §12.2. */
  #tokens(
    body: oauth.TokenEndpointResponse,
    key: KeptKey | undefined,
    before?: NodeTokens,
  ): NodeTokens {
    // RFC 9449 §5: a bearer token in its place would undo the binding.
    if (body.token_type !== (key ? 'dpop' : 'bearer')) {
      throw new ClientError('response_invalid', 'the tokens are not of the type asked for')
    }
    const receivedAt = this.#settings.host.now()
    const expiresAt = body.expires_in === undefined ? undefined : receivedAt + body.expires_in
    const refreshToken = body.refresh_token ?? before?.refreshToken
    const claims = oauth.getValidatedIdTokenClaims(body)
    if (!claims && !before) throw new ClientError('response_invalid', 'the answer has no ID token')
    return {
      accessToken: body.access_token,
      ...(key ? { key } : {}),
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
      ...(claims
        ? {
            session: sessionFrom(claims, expiresAt),
            issuedAt: claims.iat,
            clockOffsetSeconds: claims.iat - receivedAt,
          }
        : sessionOf(before, expiresAt)),
    }
  }
}

function sessionOf(before: NodeTokens | undefined, expiresAt: number | undefined) {
  if (!before) throw new ClientError('response_invalid', 'the answer has no ID token')
  const { expiresAt: _ended, ...session } = before.session
  return {
    session: { ...session, ...(expiresAt === undefined ? {} : { expiresAt }) },
    issuedAt: before.issuedAt,
    clockOffsetSeconds: before.clockOffsetSeconds,
  }
}
