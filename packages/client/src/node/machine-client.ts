import type { EpochSeconds } from '@newel/policy'
import * as oauth from 'oauth4webapi'
import { ClientError } from '../errors.ts'
import { sendWith } from './node-fetch.ts'
import {
  type ClientAuthentication,
  type CommonOptions,
  type CommonSettings,
  commonSettings,
} from './node-options.ts'
import { type KeptKey, makeKey } from './bound-key.ts'
import { OauthClient } from './oauth-client.ts'

/** How long before its end a token is renewed, in seconds. */
const renewAheadSeconds = 5

export interface MachineClientOptions extends CommonOptions {
  readonly authentication: ClientAuthentication
  /** Scopes separated by spaces. Default: the provider's. */
  readonly scope?: string
}

export interface MachineClient {
  /**
   * Like `fetch`, with the machine's own token for `apiOrigins`. There is no person to ask: a refusal of the API, a
   * step-up challenge too, comes back as it is. Only where the API takes the token for no good, another is got, and the call
   * sent once more.
   *
   * @throws ClientError `provider_unavailable`, `provider_refused`
   */
  readonly fetch: typeof fetch
}

interface MachineToken {
  readonly accessToken: string
  readonly expiresAt: EpochSeconds
  readonly key?: KeptKey
}

/**
 * A program that acts for itself (client credentials, RFC 6749 §4.4). Its tokens name no level.
 *
 * @throws ClientError `configuration`
 */
export function createMachineClient(options: MachineClientOptions): MachineClient {
  const settings = commonSettings(options)
  const { host, apiOrigins } = settings
  const provider = new OauthClient(settings)
  let key: Promise<KeptKey> | undefined
  let token: Promise<MachineToken> | undefined
  /** What an API takes for no good, whatever its time. */
  let refused: string | undefined
  const isGood = ({ accessToken, expiresAt }: MachineToken) =>
    expiresAt - host.now() > renewAheadSeconds && accessToken !== refused
  const usable = async (): Promise<MachineToken> => {
    const held = token
    const good = held && isGood(await held)
    if (!good && token === held) {
      if (settings.binding) key ??= makeKey()
      const renewed = requestToken(settings, provider, options.scope, key)
      token = renewed
      // A failure is forgotten, so that the next call tries again.
      renewed.catch(() => {
        if (token === renewed) token = undefined
      })
    }
    return token ?? usable()
  }
  return {
    fetch: async (input, init) => {
      const request = new Request(input, init)
      const { origin } = new URL(request.url)
      if (!apiOrigins.has(origin) || request.headers.has('authorization'))
        return host.fetch(request)
      const again = init?.body instanceof ReadableStream ? undefined : request.clone()
      const held = await usable()
      const { response, challenge } = await sendWith(settings, request, held, again !== undefined)
      if (challenge.kind !== 'invalid_token' || !again) return response
      await response.body?.cancel()
      refused = held.accessToken
      return (await sendWith(settings, again, await usable(), true)).response
    },
  }
}

async function requestToken(
  { host, resource }: CommonSettings,
  provider: OauthClient,
  scope: string | undefined,
  making: Promise<KeptKey> | undefined,
): Promise<MachineToken> {
  const key = await making
  const { server } = await provider.discover()
  return provider.guarded(undefined, async () => {
    const { client } = provider
    const response = await oauth.clientCredentialsGrantRequest(
      server,
      client,
      provider.authentication,
      {
        ...(scope === undefined ? {} : { scope }),
        ...(resource === undefined ? {} : { resource }),
      },
      provider.request(undefined, key),
    )
    const body = await oauth.processClientCredentialsResponse(server, client, response)
    if (body.token_type !== (key ? 'dpop' : 'bearer')) {
      throw new ClientError('response_invalid', 'the token is not of the type asked for')
    }
    // RFC 6749 §5.1 leaves the lifetime open; without it, one call is what the token is good for.
    const expiresAt = host.now() + (body.expires_in ?? 0)
    return { accessToken: body.access_token, expiresAt, ...(key ? { key } : {}) }
  })
}
