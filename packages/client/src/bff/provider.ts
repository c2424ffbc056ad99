import type { LevelOrder } from '@newel/policy'
import { authenticationFromClaims, levelOrderFromMetadata } from '@newel/protocol'
import * as oauth from 'oauth4webapi'
import { ClientError } from '../errors.ts'
import { type BffSettings, isLoopback } from './options.ts'
import type { SessionKey } from './session-key.ts'
import type { TokenSet } from './session-record.ts'
import type { Transaction } from './transaction.ts'

/** What the provider says of itself, with the order of its levels where it publishes one. */
export interface ProviderMetadata {
  readonly server: oauth.AuthorizationServer
  readonly order?: LevelOrder
}

/** What is read of the protocol library's requests. */
type Init = Pick<oauth.CustomFetchOptions<string, unknown>, 'method' | 'headers'>

/** How long the discovery document is believed, in seconds. */
const discoverySeconds = 3600

/** The provider's endpoints as this client calls them: what goes out, and whether what came back may be believed. */
export class Provider {
  readonly #settings: BffSettings
  #discovery: Promise<ProviderMetadata> | undefined
  #discoveredAt = 0
  #read: ProviderMetadata | undefined

  constructor(settings: BffSettings) {
    this.#settings = settings
  }

  /**
   * Read once an hour; a failure is forgotten, so that the next call tries again. What was read before goes on while the
   * provider is away.
   */
  discover(): Promise<ProviderMetadata> {
    const now = this.#settings.host.now()
    if (this.#discovery && now - this.#discoveredAt <= discoverySeconds) return this.#discovery
    this.#discoveredAt = now
    this.#discovery = this.#discover().then(
      (metadata) => (this.#read = metadata),
      (error: unknown) => {
        this.#discovery = undefined
        if (this.#read) return this.#read
        throw error
      },
    )
    return this.#discovery
  }

  async #discover(): Promise<ProviderMetadata> {
    const { issuer } = this.#settings
    const server = await judged(async () =>
      oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, this.options())),
    )
    // An order that cannot be read is none: values are then compared one by one, which only ever asks for more.
    const reading = levelOrderFromMetadata(server)
    return { server, ...(reading.ok && reading.order ? { order: reading.order } : {}) }
  }

  /** Redeem the answer to a transaction. What it proves is judged elsewhere; here it is genuine and for this client. */
  async redeem(answer: URLSearchParams, transaction: Transaction): Promise<TokenSet> {
    const { server } = await this.discover()
    const { redirectUri } = this.#settings
    const client = {
      ...this.#client(),
      ...(transaction.requirement?.maxAgeSeconds === undefined ? {} : { require_auth_time: true }),
    }
    const { key } = transaction
    return judged(async () => {
      const parameters = oauth.validateAuthResponse(server, client, answer, transaction.state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        this.#authentication(),
        parameters,
        redirectUri,
        transaction.verifier,
        this.options(key),
      )
      const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: transaction.nonce,
        requireIdToken: true,
      })
      return this.#tokens(result, { scope: transaction.scope, key })
    }, key)
  }

  /** @throws ClientError `provider_refused` where the refresh token is no longer good */
  async refresh(before: TokenSet, refreshToken: string): Promise<TokenSet> {
    const { server } = await this.discover()
    const client = this.#client()
    const refreshed = await judged(async () => {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        this.#authentication(),
        refreshToken,
        this.options(before.key),
      )
      return this.#tokens(await oauth.processRefreshTokenResponse(server, client, response), before)
    }, before.key)
    // OIDC Core §12.2: the same person, or nobody.
    if (refreshed.subject === before.subject) return refreshed
    throw new ClientError('response_invalid', 'the refreshed ID token names another subject')
  }

  /** The session here is over whether the provider hears of it or not. RFC 7009. */
  async revoke(refreshToken: string): Promise<void> {
    const { server } = await this.discover()
    if (server.revocation_endpoint === undefined) return
    await judged(async () => {
      const response = await oauth.revocationRequest(
        server,
        this.#client(),
        this.#authentication(),
        refreshToken,
        { ...this.options(), additionalParameters: { token_type_hint: 'refresh_token' } },
      )
      await oauth.processRevocationResponse(response)
    })
  }

  #tokens(
    result: oauth.TokenEndpointResponse,
    before: { readonly scope: string; readonly key: SessionKey | undefined } | TokenSet,
  ): TokenSet {
    const { key } = before
    // A bound session takes no token that is good for anybody. RFC 9449 §5.
    if (result.token_type !== (key ? 'dpop' : 'bearer')) {
      throw new ClientError('response_invalid', `the token type is \`${result.token_type}\``)
    }
    const receivedAt = this.#settings.host.now()
    const refreshToken =
      result.refresh_token ?? ('refreshToken' in before ? before.refreshToken : undefined)
    const common = {
      accessToken: result.access_token,
      ...(refreshToken === undefined ? {} : { refreshToken }),
      ...(result.expires_in === undefined
        ? {}
        : { accessExpiresAt: receivedAt + result.expires_in }),
      ...(key === undefined ? {} : { key }),
      scope: result.scope ?? before.scope,
    }
    const claims = oauth.getValidatedIdTokenClaims(result)
    if (!claims) {
      if (!('subject' in before)) {
        throw new ClientError('response_invalid', 'the answer has no ID token')
      }
      // A refresh may leave the ID token out (OIDC Core §12.2); the expiry of the token before says nothing of this one.
      const { accessExpiresAt: _before, ...kept } = before
      return { ...kept, ...common }
    }
    const reading = authenticationFromClaims({ ...claims })
    if (!reading.ok) {
      throw new ClientError('response_invalid', 'the ID token misstates the authentication')
    }
    const sid = claims['sid'] ?? ('sid' in before ? before.sid : undefined)
    return {
      ...reading.authentication,
      ...common,
      subject: claims.sub,
      ...(typeof sid === 'string' ? { sid } : {}),
      profile: Object.fromEntries(
        this.#settings.profileClaims
          .filter((name) => Object.hasOwn(claims, name))
          .map((name) => [name, claims[name]]),
      ),
      issuedAt: claims.iat,
      clockOffsetSeconds: claims.iat - receivedAt,
    }
  }

  #authentication(): oauth.ClientAuth {
    const { credential } = this.#settings
    if (!credential) return oauth.None()
    if ('secret' in credential) return oauth.ClientSecretBasic(credential.secret)
    const { privateKey, keyId } = credential
    return oauth.PrivateKeyJwt(keyId === undefined ? privateKey : { key: privateKey, kid: keyId })
  }

  /** The client as of now: the library reads the machine's clock, and is told how far the host's is from it. */
  #client(): oauth.Client {
    const { clientId, host, clockToleranceSeconds } = this.#settings
    return {
      client_id: clientId,
      [oauth.clockTolerance]: clockToleranceSeconds,
      [oauth.clockSkew]: Math.floor(host.now() - Date.now() / 1000),
    }
  }

  options(key?: SessionKey) {
    const { issuer, resource } = this.#settings
    return {
      [oauth.customFetch]: (url: string, init: Init) =>
        key ? this.#fetchProved(key, url, init) : this.fetch(url, init),
      // The library marks it deprecated to make it stand out; it is set for loopback alone.
      // oxlint-disable-next-line typescript/no-deprecated
      [oauth.allowInsecureRequests]: isLoopback(issuer),
      ...(resource === undefined ? {} : { additionalParameters: { resource } }),
    }
  }

  /** The library's own proofs come with a key of its own kind; these are sealed with the session. */
  async #fetchProved(key: SessionKey, url: string, init: Init): Promise<Response> {
    const { proofs } = this.#settings
    const headers = new Headers(init.headers)
    headers.set('dpop', await proofs.proof(key, { method: init.method, url }))
    const response = await this.fetch(url, { ...init, headers })
    proofs.hear(url, response)
    return response
  }

  /** A request to the provider. @throws ClientError `provider_unavailable` where it gives no answer that counts */
  async fetch(url: string, init: object): Promise<Response> {
    const signal = AbortSignal.timeout(10_000)
    const response = await this.#settings.host
      .fetch(url, { ...init, redirect: 'manual', signal })
      .catch((cause: unknown) => {
        throw new ClientError('provider_unavailable', 'the provider could not be reached', {
          cause,
        })
      })
    if (response.status < 500 && response.status !== 429) return response
    throw new ClientError(
      'provider_unavailable',
      `the provider answered with status \`${response.status}\``,
    )
  }
}

/**
 * Give the protocol library's failures this package's codes. With a key, a provider that hands out a nonce is asked once
 * more, by a request that is made anew: its client assertion is good once, too. RFC 9449 §8.
 */
async function judged<Result>(work: () => Promise<Result>, key?: SessionKey): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (key && cause instanceof oauth.ResponseBodyError && cause.error === 'use_dpop_nonce') {
      return judged(work)
    }
    if (cause instanceof ClientError) throw cause
    if (
      cause instanceof oauth.ResponseBodyError ||
      cause instanceof oauth.AuthorizationResponseError
    ) {
      const providerError = cause.error
      const transient =
        providerError === 'temporarily_unavailable' || providerError === 'server_error'
      throw new ClientError(
        transient ? 'provider_unavailable' : 'provider_refused',
        `the provider answered \`${providerError}\``,
        { cause, providerError },
      )
    }
    throw new ClientError('response_invalid', "the provider's answer cannot be accepted", { cause })
  }
}
