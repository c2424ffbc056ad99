import { defined } from '../defined.ts'
import { ClientError, unusable } from '../errors.ts'
import { authorizationCode } from './authorization-code.ts'
import type { JudgingRules } from '@newel/policy'
import { holdAnswer } from '../hold-answer.ts'
import { providerRefusal } from '../provider-refusal.ts'
import { publishedOrder } from '../published-order.ts'
import { readIdToken } from './id-token.ts'
import type { ClientSettings } from './options.ts'
import { endpoint, serverMetadata, type ServerMetadata } from './server-metadata.ts'
import { tokenResponse } from './token-response.ts'
import { tokensFrom, type Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** How long an answer of the provider is waited for, in milliseconds; other tabs may be waiting for it too. */
const patienceMilliseconds = 30_000

/** The provider's endpoints as this client calls them: what goes out, and whether what came back may be believed. */
export interface Provider extends JudgingRules {
  /** Send this to an endpoint, in the client's name. @throws ClientError `provider_unavailable` */
  ask(
    url: URL,
    parameters?: object,
  ): Promise<{ status: number; body: Readonly<Record<string, unknown>> }>
  /** Read once; a failure is forgotten, so that the next call tries again. */
  discover(): Promise<ServerMetadata>
  /**
   * Redeem the answer to a transaction: genuine, for this client, and what was asked. Whatever is thrown, nothing has been
   * replaced.
   *
   * @throws StepUpError where a requirement was asked, ClientError otherwise
   */
  redeem(answer: URLSearchParams, transaction: Transaction): Promise<Tokens>
  /** @throws ClientError `provider_refused` where the refresh token is no longer good */
  refresh(tokens: Tokens, refreshToken: string): Promise<Tokens>
}

export function createProvider(settings: ClientSettings): Provider {
  const { issuer, clientId, redirectUri, resource, host, binding, clockToleranceSeconds, emit } =
    settings
  let discovery: Promise<ServerMetadata> | undefined
  let metadata: ServerMetadata | undefined

  /** No answer of the provider moves to another place. */
  const ask = async (url: URL, parameters?: object) => {
    const limit = new AbortController()
    const { signal } = limit
    host.setTimeout(() => limit.abort(), patienceMilliseconds, signal)
    const request = new Request(url, {
      ...(parameters && {
        method: 'POST',
        body: new URLSearchParams({ ...parameters, client_id: clientId }),
      }),
      redirect: 'manual',
      signal,
    })
    try {
      const response = await (binding && parameters ? binding.send(request) : host.fetch(request))
      const { status } = response
      if (status >= 500 || status === 429) throw new TypeError(`status ${status}`)
      // A body that does not arrive is no answer; one that is no JSON is an answer that says nothing.
      const text = await response.text()
      const body: unknown = await new Response(text).json().catch(() => ({}))
      return { status, body: { ...(body as object) } }
    } catch (cause) {
      if (cause instanceof ClientError) throw cause
      throw new ClientError('provider_unavailable', 'the provider was not reached', { cause })
    } finally {
      limit.abort()
    }
  }

  const read = async () => {
    const address = issuer.href.replace(/\/?$/, '/.well-known/openid-configuration')
    const { status, body } = await ask(new URL(address))
    return (metadata = serverMetadata(issuer, status === 200 ? body : {}))
  }

  const discover = () =>
    (discovery ??= read().catch((error: unknown) => {
      discovery = undefined
      throw error
    }))

  const requestTokens = async (parameters: object, nonce?: string, before?: Tokens) => {
    const server = await discover()
    const url = endpoint(server, 'token_endpoint')
    const { status, body } = await ask(url, defined({ ...parameters, resource }))
    const now = host.now()
    const response = tokenResponse(status, body, binding ? 'dpop' : 'bearer', now)
    const { idToken } = response
    const facts =
      idToken === undefined ? idToken : readIdToken(idToken, server, settings, now, nonce)
    return tokensFrom(response, facts, before)
  }

  const provider: Provider = {
    ask,
    clockToleranceSeconds,
    get order() {
      return publishedOrder(metadata)
    },
    discover,
    async redeem(answer, transaction) {
      const { purpose, state, nonce, verifier } = transaction
      emit({ type: 'callback', purpose, error: answer.get('error') ?? undefined })
      try {
        const tokens = await requestTokens(
          {
            grant_type: 'authorization_code',
            code: authorizationCode(answer, await discover(), state),
            code_verifier: verifier,
            redirect_uri: redirectUri.href,
          },
          nonce,
        )
        holdAnswer(transaction, tokens, provider)
        return tokens
      } catch (error) {
        throw providerRefusal(error, transaction)
      }
    },
    async refresh(tokens, refreshToken) {
      const refreshed = await requestTokens(
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        undefined,
        tokens,
      )
      // OIDC Core §12.2: the same person, or nobody.
      if (refreshed.session.subject === tokens.session.subject) return refreshed
      throw unusable('ID token: another `sub`')
    },
  }
  return provider
}
