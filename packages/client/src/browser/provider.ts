import { defined } from '../defined.ts'
import { ClientError, unusable } from '../errors.ts'
import { authorizationCode } from './authorization-code.ts'
import { idTokenClaims } from './id-token.ts'
import type { ClientSettings } from './options.ts'
import { endpoint, serverMetadata, type ServerMetadata } from './server-metadata.ts'
import { tokenResponse } from './token-response.ts'
import { tokensFrom, type Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** How long an answer of the provider is waited for, in milliseconds; other tabs may be waiting for it too. */
const patienceMilliseconds = 30_000

/** The provider's endpoints as this client calls them: what goes out, and whether what came back may be believed. */
export interface Provider {
  /** Known once anybody has logged in. */
  readonly metadata: ServerMetadata | undefined
  /** Read once; a failure is forgotten, so that the next call tries again. */
  discover(): Promise<ServerMetadata>
  /** Redeem the answer to a transaction. What it proves is judged elsewhere; here it is genuine and for this client. */
  redeem(answer: URLSearchParams, transaction: Transaction): Promise<Tokens>
  /** @throws ClientError `provider_refused` where the refresh token is no longer good */
  refresh(tokens: Tokens, refreshToken: string): Promise<Tokens>
  /** Best effort: the session here is over whether the provider hears of it or not. RFC 7009. */
  revoke(refreshToken: string): Promise<void>
}

/** `meanwhile`: what the page does besides while it waits for its tokens, and what they wait for. */
export function createProvider(
  { issuer, clientId, redirectUri, resource, host, binding, clockToleranceSeconds }: ClientSettings,
  meanwhile: () => Promise<unknown>,
): Provider {
  let discovery: Promise<ServerMetadata> | undefined
  let metadata: ServerMetadata | undefined

  /** No answer of the provider moves to another place. */
  const ask = async (url: URL, parameters?: object) => {
    const limit = new AbortController()
    const cancelLimit = host.setTimeout(() => limit.abort(), patienceMilliseconds)
    const request = new Request(url, {
      ...(parameters && {
        method: 'POST',
        body: new URLSearchParams({ ...parameters, client_id: clientId }),
      }),
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: limit.signal,
    })
    let response: Response
    try {
      response = await (binding && parameters ? binding.send(request) : host.fetch(request))
    } catch (cause) {
      if (cause instanceof ClientError) throw cause
      throw new ClientError('provider_unavailable', 'the provider could not be reached', { cause })
    } finally {
      cancelLimit()
    }
    const { status } = response
    if (status >= 500 || status === 429) {
      throw new ClientError('provider_unavailable', `the provider answered \`${status}\``)
    }
    const body: unknown = await response.json().catch(() => undefined)
    if (typeof body === 'object' && body !== null) return { status, body: { ...body } }
    throw unusable('answer: no JSON')
  }

  const read = async () => {
    const address = issuer.href.replace(/\/?$/, '/.well-known/openid-configuration')
    const { status, body } = await ask(new URL(address))
    if (status !== 200) throw unusable('discovery document: none')
    return (metadata = serverMetadata(issuer, body))
  }

  const discover = () =>
    (discovery ??= read().catch((error: unknown) => {
      discovery = undefined
      throw error
    }))

  const requestTokens = async (
    parameters: object,
    expected: { readonly nonce?: string; readonly requiresAuthTime?: boolean },
    before?: Tokens,
  ) => {
    const server = await discover()
    const url = endpoint(server, 'token_endpoint')
    const { status, body } = await ask(url, defined({ ...parameters, resource }))
    const now = host.now()
    const response = tokenResponse(status, body, binding ? 'dpop' : 'bearer')
    const { idToken } = response
    const context = { ...expected, clientId, now, clockToleranceSeconds }
    const claims = idToken === undefined ? idToken : idTokenClaims(idToken, server, context)
    return tokensFrom(response, claims, now, before)
  }

  return {
    get metadata() {
      return metadata
    },
    discover,
    async redeem(answer, { state, nonce, verifier, requirement }) {
      const server = await discover()
      const beside = meanwhile()
      const tokens = await requestTokens(
        {
          grant_type: 'authorization_code',
          code: authorizationCode(answer, server, state),
          code_verifier: verifier,
          redirect_uri: redirectUri.href,
        },
        { nonce, requiresAuthTime: requirement?.maxAgeSeconds !== undefined },
      )
      await beside
      return tokens
    },
    async refresh(tokens, refreshToken) {
      const refreshed = await requestTokens(
        { grant_type: 'refresh_token', refresh_token: refreshToken },
        {},
        tokens,
      )
      // OIDC Core §12.2: the same person, or nobody.
      if (refreshed.session.subject === tokens.session.subject) return refreshed
      throw unusable('ID token: another `sub`')
    },
    async revoke(token) {
      const server = await discover()
      if (server.revocation_endpoint === undefined) return
      await ask(endpoint(server, 'revocation_endpoint'), {
        token,
        token_type_hint: 'refresh_token',
      })
    },
  }
}
