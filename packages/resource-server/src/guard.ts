import type { Refusal } from './refusal.ts'
import type { CertificateRequest } from './sender/client-certificate.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What the core looks at of a request. Adapters fill it. */
export interface ApiRequest {
  /** Every `Authorization` header value as received. */
  readonly authorization: string | readonly string[] | undefined | null
  /** The `Origin` header, or a function that reads it. Asked only where `allowedOrigins` is configured. */
  readonly origin?: string | undefined | null | (() => string | undefined | null)
  /**
   * What tells who sent the request, or a function that gathers it. Asked only with a token that is bound to its sender;
   * without it such a token is refused.
   */
  readonly sender?: SenderFacts | (() => SenderFacts) | undefined
  /**
   * The object that stands for this one request, wherever it is looked at. Several guards may judge one request, as of a
   * router and its route or of two GraphQL fields; its DPoP proof is then used once. Absent: each call is a request of its own.
   */
  readonly identity?: object | undefined
}

/** What a request states of its sender. */
export interface SenderFacts {
  /** Every `DPoP` header value. */
  readonly dpop?: string | readonly string[] | undefined
  /** In capitals, as `GET`. */
  readonly method: string
  /** The absolute address that the client asked for; `publicUrl` overrides its beginning. */
  readonly url: string
  /**
   * The client's certificate as DER. Absent: none was presented on this connection. Not looked at where the option
   * `clientCertificate` says where else it is read.
   */
  readonly certificate?: Uint8Array | undefined
  /** What the option `clientCertificate` reads. Absent: no certificate is found there. */
  readonly request?: CertificateRequest | undefined
}

/** A request that may reach the handler. */
export interface Allowed {
  readonly outcome: 'allowed'
  readonly token: VerifiedToken
  /** With `reportOnly`: what the requirement would have answered. Absent: it was met. */
  readonly reported?: Refusal
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
