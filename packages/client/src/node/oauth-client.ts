import * as oauth from 'oauth4webapi'
import { ClientError } from '../errors.ts'
import type { JudgingOrder } from '@newel/policy'
import { publishedOrder, unordered } from '../published-order.ts'
import { asClientError } from './provider-error.ts'
import type { ClientAuthentication, CommonSettings } from './node-options.ts'
import type { KeptKey } from './bound-key.ts'
import { isSecure } from './web-address.ts'

/** Discovery documents and token answers are a few kilobytes. */
const longestAnswerBytes = 1024 * 1024

/** The provider, with the order to judge by. */
export interface DiscoveredProvider {
  readonly server: oauth.AuthorizationServer
  readonly order: JudgingOrder
}

/** What every request to the provider has in common: who asks, by which clock, within which limits. */
export class OauthClient {
  readonly #settings: CommonSettings
  readonly authentication: oauth.ClientAuth
  #discovery: Promise<DiscoveredProvider> | undefined
  #known: DiscoveredProvider | undefined

  constructor(settings: CommonSettings) {
    this.#settings = settings
    this.authentication = clientAuth(settings.authentication)
  }

  get order(): JudgingOrder {
    return this.#known?.order ?? unordered
  }

  get client(): oauth.Client {
    const { clientId, host, clockToleranceSeconds } = this.#settings
    return {
      client_id: clientId,
      [oauth.clockSkew]: host.now() - Date.now() / 1000,
      [oauth.clockTolerance]: clockToleranceSeconds,
    }
  }

  /** Options for one request, with a proof of `key`. It ends with the caller's signal, or with its own time. */
  request(
    signal?: AbortSignal,
    key?: KeptKey,
  ): oauth.HttpRequestOptions<'GET' | 'POST', URLSearchParams | undefined> {
    const { host, issuer, requestTimeLimitSeconds, keys } = this.#settings
    const limit = AbortSignal.timeout(requestTimeLimitSeconds * 1000)
    return {
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
      // Only for an issuer on loopback: `secureAddress` lets no other be without TLS.
      // oxlint-disable-next-line typescript/no-deprecated
      [oauth.allowInsecureRequests]: issuer.protocol === 'http:',
      [oauth.customFetch]: async (url, init) => {
        // Also the endpoints that its document names.
        if (!isSecure(new URL(url))) throw invalid('the provider names an endpoint without TLS')
        const sending = key
          ? keys.of(key).send(new Request(url, init as RequestInit))
          : host.fetch(url, init as RequestInit)
        return bounded(await sending)
      },
    }
  }

  /** Read once; a failure is forgotten, so that the next call tries again. */
  discover(): Promise<DiscoveredProvider> {
    this.#discovery ??= this.#discover().catch((error: unknown) => {
      this.#discovery = undefined
      throw error
    })
    return this.#discovery
  }

  async #discover(): Promise<DiscoveredProvider> {
    const { issuer } = this.#settings
    return this.guarded(undefined, async () => {
      const options = this.request() as oauth.DiscoveryRequestOptions
      const response = await oauth.discoveryRequest(issuer, options)
      const server = await oauth.processDiscoveryResponse(issuer, response)
      this.#known = { server, order: publishedOrder({ ...server }) }
      return this.#known
    })
  }

  /** Do something with the provider: the caller's abort comes through, the rest as an error of this package. */
  async guarded<Result>(
    signal: AbortSignal | undefined,
    work: () => Promise<Result>,
  ): Promise<Result> {
    try {
      return await work()
    } catch (error) {
      signal?.throwIfAborted()
      throw asClientError(error)
    }
  }
}

function clientAuth(authentication: ClientAuthentication | undefined): oauth.ClientAuth {
  if (!authentication) return oauth.None()
  if ('secret' in authentication) return oauth.ClientSecretBasic(authentication.secret)
  const { privateKey, keyId } = authentication
  return oauth.PrivateKeyJwt(keyId === undefined ? privateKey : { key: privateKey, kid: keyId })
}

/** The answer with its body read, which must not be longer than any answer is. */
async function bounded(response: Response): Promise<Response> {
  if (!response.body) return response
  const parts: Uint8Array[] = []
  let length = 0
  for await (const part of response.body) {
    length += part.byteLength
    if (length > longestAnswerBytes) throw invalid('the provider answered at too great length')
    parts.push(part)
  }
  const { status, statusText, headers } = response
  return new Response(Buffer.concat(parts), { status, statusText, headers })
}

function invalid(message: string): ClientError {
  return new ClientError('response_invalid', message)
}
