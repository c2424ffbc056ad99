import { ClientError } from '../errors.ts'
import { authorizationCode } from './authorization-code.ts'
import { idTokenClaims } from './id-token.ts'
import type { ClientSettings } from './options.ts'
import { endpoint, providerMetadata, type ProviderMetadata } from './server-metadata.ts'
import { tokenResponse } from './token-response.ts'
import { tokensFrom, type Tokens } from './tokens.ts'
import type { Transaction } from './transaction.ts'

/** How long an answer of the provider is waited for, in milliseconds; other tabs may be waiting for it too. */
const patienceMilliseconds = 30_000

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
    const path = `${issuer.pathname.replace(/\/$/, '')}/.well-known/openid-configuration`
    const { status, body } = await this.#ask(new URL(path, issuer), {})
    if (status !== 200) throw invalid('there is no discovery document')
    this.#metadata = providerMetadata(issuer, body)
    return this.#metadata
  }

  /** Redeem the answer to a transaction. What it proves is judged elsewhere; here it is genuine and for this client. */
  async redeem(answer: URLSearchParams, transaction: Transaction): Promise<Tokens> {
    const { server } = await this.discover()
    const { state, nonce, verifier, requirement } = transaction
    const code = authorizationCode(answer, server, state)
    return this.#tokens(
      {
        grant_type: 'authorization_code',
        code,
        code_verifier: verifier,
        redirect_uri: this.#settings.redirectUri.href,
      },
      { nonce, requiresAuthTime: requirement?.maxAgeSeconds !== undefined },
    )
  }

  /** @throws ClientError `provider_refused` where the refresh token is no longer good */
  async refresh(tokens: Tokens, refreshToken: string): Promise<Tokens> {
    const refreshed = await this.#tokens(
      { grant_type: 'refresh_token', refresh_token: refreshToken },
      {},
      tokens,
    )
    // OIDC Core §12.2: the same person, or nobody.
    if (refreshed.session.subject === tokens.session.subject) return refreshed
    throw invalid('the refreshed ID token names another subject')
  }

  /** Best effort: the session here is over whether the provider hears of it or not. RFC 7009. */
  async revoke(refreshToken: string): Promise<void> {
    const { server } = await this.discover()
    if (server.revocation_endpoint === undefined) return
    await this.#post(endpoint(server, 'revocation_endpoint'), {
      token: refreshToken,
      token_type_hint: 'refresh_token',
    })
  }

  async #tokens(
    parameters: Readonly<Record<string, string>>,
    expected: { readonly nonce?: string; readonly requiresAuthTime?: boolean },
    before?: Tokens,
  ): Promise<Tokens> {
    const { clientId, host, binding, clockToleranceSeconds, resource } = this.#settings
    const { server } = await this.discover()
    const { status, body } = await this.#post(endpoint(server, 'token_endpoint'), {
      ...parameters,
      ...(resource === undefined ? {} : { resource }),
    })
    const now = host.now()
    const response = tokenResponse(status, body, binding ? 'dpop' : 'bearer')
    const claims =
      response.idToken === undefined
        ? undefined
        : idTokenClaims(response.idToken, server, {
            ...expected,
            clientId,
            now,
            clockToleranceSeconds,
          })
    return tokensFrom(response, claims, now, before)
  }

  #post(url: URL, parameters: Readonly<Record<string, string>>) {
    const body = new URLSearchParams({ ...parameters, client_id: this.#settings.clientId })
    return this.#ask(url, { method: 'POST', body })
  }

  /** No answer of the provider moves to another place. */
  async #ask(
    url: URL,
    init: RequestInit,
  ): Promise<{ status: number; body: Readonly<Record<string, unknown>> }> {
    const { host, binding } = this.#settings
    const limit = new AbortController()
    const cancelLimit = host.setTimeout(() => limit.abort(), patienceMilliseconds)
    const request = new Request(url, {
      ...init,
      headers: { accept: 'application/json' },
      redirect: 'manual',
      signal: limit.signal,
    })
    let response: Response
    try {
      response = await (binding && init.body ? binding.send(request) : host.fetch(request))
    } catch (cause) {
      if (cause instanceof ClientError) throw cause
      throw unavailable('could not be reached', cause)
    } finally {
      cancelLimit()
    }
    const { status } = response
    if (status >= 500 || status === 429) throw unavailable(`answered with status \`${status}\``)
    const body: unknown = await response.json().catch(() => undefined)
    if (typeof body === 'object' && body !== null) return { status, body: { ...body } }
    throw invalid('the provider did not answer in JSON')
  }
}

function unavailable(what: string, cause?: unknown): ClientError {
  return new ClientError('provider_unavailable', `the provider ${what}`, { cause })
}

function invalid(message: string): ClientError {
  return new ClientError('response_invalid', message)
}
