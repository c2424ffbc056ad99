import type { Refusal } from './refusal.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What the core looks at of a request. Adapters fill it. */
export interface ApiRequest {
  /** Every `Authorization` header value as received. */
  readonly authorization: string | readonly string[] | undefined | null
  /** The `Origin` header. Read only where `allowedOrigins` is configured. */
  readonly origin?: string | undefined | null
}

/** A request that may reach the handler. */
export interface Allowed {
  readonly outcome: 'allowed'
  readonly token: VerifiedToken
}

export type Outcome = Allowed | Refusal

/**
 * A requirement bound to the resource server that checks it. `Request` is the framework's own request, which computed
 * requirements read; a static one takes any.
 */
export interface Guard<in Request = unknown> {
  /**
   * Decide. A value at once where nothing must be waited for, as with a token seen before.
   *
   * Rejects or throws ResourceServerError `unknown_acr` where the provider knows none of the required levels,
   * `invalid_requirement` or `max_age_too_small` where a computed requirement is not one, and whatever the
   * computing function throws. An adapter turns that into the framework's 500, never into a pass.
   */
  judge(request: ApiRequest, native: Request): Outcome | Promise<Outcome>
}
