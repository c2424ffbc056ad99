import { ResourceServerError } from '../errors.ts'
import { fetchJson } from '../provider-metadata.ts'
import type { Fetch } from '../provider-metadata.ts'

export interface IntrospectionOptions {
  /** How this API is known to the provider. */
  readonly clientId: string
  readonly clientSecret: string
  /** `basic`, the default: HTTP Basic (RFC 6749 §2.3.1). `post`: in the body, for providers that want it so. */
  readonly authentication?: 'basic' | 'post'
  /** Default: `introspection_endpoint` of the provider's metadata. */
  readonly endpoint?: string
  /**
   * `opaque`, the default: only what is no JWT is introspected. `always`: every token, so that a revoked one stops at once;
   * a call of the provider for each token in `cacheSeconds`.
   */
  readonly tokens?: 'opaque' | 'always'
  /**
   * How long an answer is taken for the truth, in seconds; never past `exp`. Default: 10. `0`: every request asks. A token
   * that is revoked passes for this long.
   */
  readonly cacheSeconds?: number
}

export interface IntrospectionRules {
  readonly clientId: string
  readonly clientSecret: string
  readonly authentication: 'basic' | 'post'
  readonly endpoint: string | undefined
  readonly tokens: 'opaque' | 'always'
  readonly cacheSeconds: number
}

/** Most questions to one provider at a time. A flood of made-up tokens must not become one of the provider. */
const mostAtOnce = 64

/** Asks the provider about tokens (RFC 7662). Callers with the same token wait for one answer. */
export class Introspection {
  readonly #rules: IntrospectionRules
  readonly #fetch: Fetch
  readonly #asked = new Map<string, Promise<Readonly<Record<string, unknown>> | undefined>>()

  constructor(rules: IntrospectionRules, fetch: Fetch) {
    this.#rules = rules
    this.#fetch = fetch
  }

  get cacheSeconds(): number {
    return this.#rules.cacheSeconds
  }

  asks(isJwt: boolean): boolean {
    return !isJwt || this.#rules.tokens === 'always'
  }

  /**
   * The claims of an active token; `undefined`: it is not active, which is all that the provider says (RFC 7662 §2.2).
   *
   * @throws ResourceServerError `provider_unavailable`, `invalid_metadata` where no endpoint is known.
   */
  async claimsOf(
    token: string,
    advertised: string | undefined,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const pending = this.#asked.get(token)
    if (pending) return pending
    if (this.#asked.size >= mostAtOnce) {
      throw new ResourceServerError(
        'provider_unavailable',
        `${mostAtOnce} tokens are being introspected at this moment`,
      )
    }
    const question = this.#ask(token, advertised).finally(() => {
      this.#asked.delete(token)
    })
    this.#asked.set(token, question)
    return question
  }

  async #ask(
    token: string,
    advertised: string | undefined,
  ): Promise<Readonly<Record<string, unknown>> | undefined> {
    const { clientId, clientSecret, authentication } = this.#rules
    const endpoint = this.#rules.endpoint ?? advertised
    if (endpoint === undefined) {
      throw new ResourceServerError(
        'invalid_metadata',
        'the provider names no `introspection_endpoint`; state `introspection.endpoint`',
      )
    }
    const body = new URLSearchParams({ token, token_type_hint: 'access_token' })
    const headers: Record<string, string> = {
      'content-type': 'application/x-www-form-urlencoded',
    }
    if (authentication === 'basic') {
      headers['authorization'] = basicCredentials(clientId, clientSecret)
    } else {
      body.set('client_id', clientId)
      body.set('client_secret', clientSecret)
    }
    const answer = await fetchJson(endpoint, this.#fetch, {
      method: 'POST',
      headers,
      body: body.toString(),
    })
    return answer['active'] === true ? answer : undefined
  }
}

/** RFC 6749 §2.3.1: each part is form-encoded before it is joined and encoded. */
function basicCredentials(clientId: string, clientSecret: string): string {
  return `Basic ${btoa(`${formEncode(clientId)}:${formEncode(clientSecret)}`)}`
}

function formEncode(text: string): string {
  return new URLSearchParams({ '': text }).toString().slice(1)
}
