import type { EpochSeconds, LevelOrderEntry, Requirement } from '@newel/policy'
import type { ReadAuthentication } from './authentication-mapping.ts'
import type { IntrospectionOptions } from './introspection/introspection.ts'
import type { ObservedDecision } from './observed-decision.ts'
import type { Fetch } from './provider-metadata.ts'
import type { RequirementDeclaration } from './requirement.ts'
import type { ReadCertificate } from './sender/client-certificate.ts'
import type { UsedTokenStore } from './used-token-store.ts'

/** One provider whose tokens are accepted. */
export interface IssuerOptions {
  /** The provider, as it names itself: compared letter by letter with its metadata and with `iss`. */
  readonly issuer: string
  /** What this API is called in `aud`, or several names any of which is enough. */
  readonly audience: string | readonly string[]
  /**
   * The levels, where the provider does not publish `newel_levels`; where it does, these win. Excludes `order`. With
   * neither, a level satisfies itself alone.
   */
  readonly levels?: readonly LevelOrderEntry[]
  /** The levels as a plain list, weakest first, each satisfying those before it. Excludes `levels`. */
  readonly order?: readonly string[]
  /**
   * Accepted `typ` of tokens. Default: `at+jwt` alone (RFC 9068). Some providers send `JWT`, and some none: `absent`. Then only
   * `aud` tells an access token from an ID token, so the API's name must be no client's.
   */
  readonly tokenTypes?: readonly ('at+jwt' | 'JWT' | 'absent')[]
  /** Accepted signature algorithms. Default: every asymmetric one. */
  readonly algorithms?: readonly string[]
  /**
   * Where the provider states how and when the person authenticated, if not in `acr`, `amr` and `auth_time`. See
   * `levelsFromList`, `levelsFromMethods`, `levelsByName`, `levelsFromFactorAges`, and the presets of `./providers`.
   */
  readonly authentication?: ReadAuthentication
  /**
   * Whether verified claims are those of an access token, for providers whose `typ` does not tell it from an ID token, or that
   * call refresh tokens active as well. Default: they are, if `typ` and `aud` fit.
   */
  readonly isAccessToken?: (claims: Readonly<Record<string, unknown>>) => boolean
  /**
   * Whether verified claims are those of a machine, beside the rule that holds everywhere: its subject is the client, or an
   * `act` claim names who acts. A machine is refused without a challenge, since no login of anybody helps.
   */
  readonly isMachine?: (claims: Readonly<Record<string, unknown>>) => boolean
  /** Ask the provider about tokens (RFC 7662). Absent: JWTs alone are accepted, and verified here. */
  readonly introspection?: IntrospectionOptions
  /**
   * With a provider that does not publish `newel_levels`, and so does not mark one-shot tokens: how old a proof may be, in
   * seconds, to meet `maxAge: 0`. It passes once. Default: 60. `0`: only a proof of this very second.
   */
  readonly oneShotWindowSeconds?: number
}

/** What concerns this API, whoever issues its tokens. */
export interface ApiOptions {
  /**
   * `eager`, the default: `createResourceServer` asks the provider at once. One that is down is asked again at the first
   * request or `ready()`; one that contradicts the configuration is an error. `lazy`: nothing is asked before the first
   * request or `ready()`.
   */
  readonly start?: 'eager' | 'lazy'
  /** Requirements by name, for `require('change-payment-details')`. Those of a policy document fit as they are. */
  readonly requirements?:
    | ReadonlyMap<string, Requirement>
    | Readonly<Record<string, RequirementDeclaration>>
  /** Where one-shot tokens that were used are remembered. Default: in this process; several processes need a shared one. */
  readonly usedTokens?: UsedTokenStore
  /** How the senders of bound tokens prove themselves. */
  readonly dpop?: DpopOptions
  /**
   * Where the certificate of a client is read (RFC 8705), where its TLS connection does not end in this process, as
   * `certificateFromHeader('Client-Cert', 'rfc9440')` behind a proxy. Absent: of the TLS connection, and no header is believed.
   */
  readonly clientCertificate?: ReadCertificate
  /**
   * Origin, and path if any, under which clients reach this API, as `https://api.example/v1`, where a proxy in front changes
   * what the request says. DPoP proofs and metadata name it. Default: what the request says.
   */
  readonly publicUrl?: string
  /**
   * The address that tells clients of this API (RFC 9728), named in challenges as `resource_metadata`. Absent: challenges name
   * none. `protectedResourceMetadata` makes the document.
   */
  readonly metadataUrl?: string
  /** Named in challenges. Absent: none. */
  readonly realm?: string
  /**
   * Origins that may read refusals, as `https://app.example`. Refusals to them carry `Access-Control-Allow-Origin`, for
   * applications whose CORS layer does not see answers given before the handler. Absent: the CORS layer's business.
   */
  readonly allowedOrigins?: readonly string[]
  /**
   * Most verified tokens remembered. Default: 10,000. `0`: none, each request verifies the signature. When half of it is
   * taken, a further token is remembered at its second sight, so that tokens sent once put out nobody.
   */
  readonly cacheSize?: number
  /**
   * Say in refusals what was required and what the token states, to holders of a valid token. For development: it tells the
   * caller no secret, but more than a stranger needs. Default: `false`.
   */
  readonly explainRefusals?: boolean
  /** Told of every decision, for metrics and logs. Must not throw. */
  readonly observe?: (decision: ObservedDecision) => void
  /** Accept an `http` issuer on a loopback address. For development. Default: `false`. */
  readonly allowInsecureIssuer?: boolean
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch
  /** Default: the system's clock. */
  readonly clock?: () => EpochSeconds
}

export interface DpopOptions {
  /** How old a proof may be, in seconds. Default: 60. */
  readonly longestAgeSeconds?: number
  /**
   * Ask for a nonce of this server's in every proof (RFC 9449 §9). The secret makes the nonces: at least 32 bytes, the same
   * on every process that serves this API. Absent: no nonce.
   */
  readonly nonceSecret?: Uint8Array<ArrayBuffer>
  /** Where proofs that were used are remembered. Default: in this process; several processes need a shared one. */
  readonly usedProofs?: UsedTokenStore
}

/** One provider, or several. */
export type ResourceServerOptions = ApiOptions &
  (IssuerOptions | { readonly issuers: readonly IssuerOptions[] })
