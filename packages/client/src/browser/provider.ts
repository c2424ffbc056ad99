import type { LevelOrder } from '@newel/policy'
import { levelOrderFromMetadata } from '@newel/protocol'
import * as oauth from 'oauth4webapi'
import { ClientError } from '../errors.ts'
import { type ClientSettings, isLoopback } from './options.ts'
import { tokensFrom, type Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** What the provider says of itself, with the order of its levels where it publishes one. */
export interface ProviderMetadata {
  readonly server: oauth.AuthorizationServer
  readonly order?: LevelOrder
}

/** The provider's endpoints as this client calls them: what goes out, and whether what came back may be believed. */
export class Provider {
  readonly #settings: ClientSettings
  #discovery: Promise<ProviderMetadata> | undefined
  #metadata: ProviderMetadata | undefined

  constructor(settings: ClientSettings) {
    this.#settings = settings
  }

  /** Known once anybody has logged in. */
  get metadata(): ProviderMetadata | undefined {
    return this.#metadata
  }

  /** Read once; a failure is forgotten, so that the next call tries again. */
  discover(): Promise<ProviderMetadata> {
    this.#discovery ??= this.#discover().catch((error: unknown) => {
      this.#discovery = undefined
      throw error
    })
    return this.#discovery
  }

  async #discover(): Promise<ProviderMetadata> {
    const { issuer } = this.#settings
    const server = await judged(async () =>
      oauth.processDiscoveryResponse(issuer, await oauth.discoveryRequest(issuer, this.#options())),
    )
    // An order that cannot be read is none: values are then compared one by one, which only ever asks for more.
    const reading = levelOrderFromMetadata(server)
    this.#metadata = { server, ...(reading.ok && reading.order ? { order: reading.order } : {}) }
    return this.#metadata
  }

  /** Redeem the answer to a transaction. What it proves is judged elsewhere; here it is genuine and for this client. */
  async redeem(answer: URLSearchParams, transaction: Transaction): Promise<Tokens> {
    const { server } = await this.discover()
    const { redirectUri } = this.#settings
    const client = { ...this.#client(), ...requireAuthTime(transaction) }
    return judged(async () => {
      const parameters = oauth.validateAuthResponse(server, client, answer, transaction.state)
      const response = await oauth.authorizationCodeGrantRequest(
        server,
        client,
        oauth.None(),
        parameters,
        redirectUri.href,
        transaction.verifier,
        this.#options(),
      )
      const result = await oauth.processAuthorizationCodeResponse(server, client, response, {
        expectedNonce: transaction.nonce,
        requireIdToken: true,
      })
      return this.#tokens(result)
    })
  }

  /** @throws ClientError `provider_refused` where the refresh token is no longer good */
  async refresh(tokens: Tokens, refreshToken: string): Promise<Tokens> {
    const { server } = await this.discover()
    const client = this.#client()
    const refreshed = await judged(async () => {
      const response = await oauth.refreshTokenGrantRequest(
        server,
        client,
        oauth.None(),
        refreshToken,
        this.#options(),
      )
      return this.#tokens(await oauth.processRefreshTokenResponse(server, client, response), tokens)
    })
    // OIDC Core §12.2: the same person, or nobody.
    if (refreshed.session.subject === tokens.session.subject) return refreshed
    throw new ClientError('response_invalid', 'the refreshed ID token names another subject')
  }

  /** Best effort: the session here is over whether the provider hears of it or not. RFC 7009. */
  async revoke(refreshToken: string): Promise<void> {
    const { server } = await this.discover()
    if (server.revocation_endpoint === undefined) return
    await this.#settings.host.fetch(server.revocation_endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        token: refreshToken,
        token_type_hint: 'refresh_token',
        client_id: this.#settings.clientId,
      }),
    })
  }

  #tokens(result: oauth.TokenEndpointResponse, before?: Tokens): Tokens {
    if (result.token_type !== 'bearer') {
      throw new ClientError('response_invalid', `the token type is \`${result.token_type}\``)
    }
    const claims = oauth.getValidatedIdTokenClaims(result)
    return tokensFrom(result, claims && { ...claims }, this.#settings.host.now(), before)
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

  #options() {
    const { host, issuer, resource } = this.#settings
    return {
      [oauth.customFetch]: async (url: string, init: object) => {
        const response = await host.fetch(url, init).catch((cause: unknown) => {
          throw new ClientError('provider_unavailable', 'the provider could not be reached', {
            cause,
          })
        })
        if (response.status < 500 && response.status !== 429) return response
        throw new ClientError(
          'provider_unavailable',
          `the provider answered with status \`${response.status}\``,
        )
      },
      // The library marks it deprecated to make it stand out; it is set for loopback alone.
      // oxlint-disable-next-line typescript/no-deprecated
      [oauth.allowInsecureRequests]: isLoopback(issuer),
      ...(resource === undefined ? {} : { additionalParameters: { resource } }),
    }
  }
}

function requireAuthTime({ requirement }: Transaction): Partial<oauth.Client> {
  return requirement?.maxAgeSeconds === undefined ? {} : { require_auth_time: true }
}

/** Give the protocol library's failures this package's codes. */
async function judged<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (cause) {
    if (cause instanceof ClientError) throw cause
    if (
      cause instanceof oauth.ResponseBodyError ||
      cause instanceof oauth.AuthorizationResponseError
    ) {
      const providerError = cause.error
      throw new ClientError(
        isTransient(providerError) ? 'provider_unavailable' : 'provider_refused',
        `the provider answered \`${providerError}\``,
        { cause, providerError },
      )
    }
    throw new ClientError('response_invalid', "the provider's answer cannot be accepted", { cause })
  }
}

function isTransient(providerError: string): boolean {
  return providerError === 'temporarily_unavailable' || providerError === 'server_error'
}
