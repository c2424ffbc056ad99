import { levelsFromOrder, oneShotTokenSeconds, PolicyError } from '@newel/policy'
import type { EpochSeconds, LevelOrder, LevelOrderEntry, Requirement } from '@newel/policy'
import { standardClaims } from './authentication-mapping.ts'
import type { ReadAuthentication } from './authentication-mapping.ts'
import { ResourceServerError } from './errors.ts'
import type { IntrospectionOptions, IntrospectionRules } from './introspection/introspection.ts'
import { orderFromList } from './level-order.ts'
import type { ObservedDecision } from './observed-decision.ts'
import { isLoopback } from './provider-metadata.ts'
import type { Fetch } from './provider-metadata.ts'
import type { RequirementDeclaration } from './requirement.ts'
import type { ReadCertificate } from './sender/client-certificate.ts'
import { DpopNonces } from './sender/dpop-nonces.ts'
import type { SenderRules } from './sender/sender-proof.ts'
import { asymmetricAlgorithms } from './signature/key-set.ts'
import type { TokenRules } from './token-verifier.ts'
import { memoryUsedTokenStore } from './used-token-store.ts'
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

/** Options checked, with defaults filled in. */
export interface Settings {
  readonly issuers: readonly IssuerSettings[]
  readonly start: 'eager' | 'lazy'
  readonly requirements: ReadonlyMap<string, RequirementDeclaration>
  readonly usedTokens: UsedTokenStore
  readonly sender: SenderRules
  readonly clientCertificate: ReadCertificate | undefined
  readonly publicUrl: string | undefined
  readonly metadataUrl: string | undefined
  readonly realm: string | undefined
  readonly allowedOrigins: ReadonlySet<string> | undefined
  readonly cacheSize: number
  readonly explainRefusals: boolean
  readonly observe: ((decision: ObservedDecision) => void) | undefined
  readonly allowInsecureIssuer: boolean
  readonly fetch: Fetch
  readonly clock: () => EpochSeconds
}

export interface IssuerSettings extends TokenRules {
  readonly order: LevelOrder | undefined
  readonly introspection: IntrospectionRules | undefined
  readonly oneShotWindowSeconds: number
}

/** @throws ResourceServerError `invalid_option`, `insecure_issuer`. */
export function readOptions(options: ResourceServerOptions): Settings {
  const allowInsecureIssuer = options.allowInsecureIssuer ?? false
  const issuers = 'issuers' in options ? options.issuers : [options]
  if (!Array.isArray(issuers) || issuers.length === 0) {
    throw invalid('`issuers` must be a list of at least one provider')
  }
  if ('issuers' in options && 'issuer' in options) {
    throw invalid('`issuer` and `issuers` exclude each other')
  }
  const read = (issuers as readonly IssuerOptions[]).map((each) =>
    readIssuer(each, allowInsecureIssuer),
  )
  if (new Set(read.map(({ issuer }) => issuer)).size < read.length) {
    throw invalid('`issuers` names a provider twice')
  }
  if (options.start !== undefined && !['eager', 'lazy'].includes(options.start)) {
    throw invalid('`start` must be `eager` or `lazy`')
  }
  if (
    options.realm !== undefined &&
    !/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(options.realm)
  ) {
    throw invalid('`realm` must be 1 to 255 characters of visible ASCII and spaces')
  }
  const { publicUrl, metadataUrl } = options
  return {
    issuers: read,
    start: options.start ?? 'eager',
    requirements: readRequirements(options.requirements),
    usedTokens: options.usedTokens ?? memoryUsedTokenStore(),
    sender: readDpop(options.dpop ?? {}),
    clientCertificate: options.clientCertificate,
    publicUrl: publicUrl === undefined ? undefined : readUrl('publicUrl', publicUrl),
    metadataUrl: metadataUrl === undefined ? undefined : readUrl('metadataUrl', metadataUrl),
    realm: options.realm,
    allowedOrigins: options.allowedOrigins && new Set(options.allowedOrigins.map(checkOrigin)),
    cacheSize: count('cacheSize', options.cacheSize ?? 10_000),
    explainRefusals: options.explainRefusals ?? false,
    observe: options.observe,
    allowInsecureIssuer,
    // Looked up at each call: some runtimes replace it after start, and it must be called without a receiver.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    clock: options.clock ?? (() => Math.floor(Date.now() / 1000)),
  }
}

function readIssuer(options: IssuerOptions, allowInsecureIssuer: boolean): IssuerSettings {
  checkIssuer(options.issuer, allowInsecureIssuer)
  const tokenTypes = texts('tokenTypes', options.tokenTypes ?? ['at+jwt'])
  if (!tokenTypes.every((type) => ['at+jwt', 'JWT', 'absent'].includes(type))) {
    throw invalid('`tokenTypes` must be of `at+jwt`, `JWT` and `absent`')
  }
  const algorithms = texts('algorithms', options.algorithms ?? asymmetricAlgorithms)
  const refused = algorithms.find((algorithm) => !asymmetricAlgorithms.includes(algorithm))
  if (refused !== undefined) {
    throw invalid(`the algorithm \`${refused}\` is not one of ${asymmetricAlgorithms.join(', ')}`)
  }
  return {
    issuer: options.issuer,
    audience: texts('audience', options.audience),
    order: readOrder(options),
    tokenTypes: tokenTypes.map((type) => (type === 'absent' ? '' : type.toLowerCase())),
    algorithms: new Set(algorithms),
    readAuthentication: options.authentication ?? standardClaims,
    isAccessToken: options.isAccessToken ?? (() => true),
    isMachine: options.isMachine ?? (() => false),
    introspection:
      options.introspection && readIntrospection(options.introspection, allowInsecureIssuer),
    oneShotWindowSeconds: count(
      'oneShotWindowSeconds',
      options.oneShotWindowSeconds ?? oneShotTokenSeconds,
    ),
  }
}

function readIntrospection(
  options: IntrospectionOptions,
  allowInsecure: boolean,
): IntrospectionRules {
  const { clientId, clientSecret, authentication, endpoint, tokens } = options
  if (typeof clientId !== 'string' || clientId === '') {
    throw invalid('`introspection.clientId` must be a text that is not empty')
  }
  if (typeof clientSecret !== 'string' || clientSecret === '') {
    throw invalid('`introspection.clientSecret` must be a text that is not empty')
  }
  if (authentication !== undefined && !['basic', 'post'].includes(authentication)) {
    throw invalid('`introspection.authentication` must be `basic` or `post`')
  }
  if (tokens !== undefined && !['opaque', 'always'].includes(tokens)) {
    throw invalid('`introspection.tokens` must be `opaque` or `always`')
  }
  return {
    clientId,
    clientSecret,
    authentication: authentication ?? 'basic',
    // The secret goes there.
    endpoint: endpoint === undefined ? undefined : readEndpoint(endpoint, allowInsecure),
    tokens: tokens ?? 'opaque',
    cacheSeconds: count('introspection.cacheSeconds', options.cacheSeconds ?? 10),
  }
}

function readEndpoint(endpoint: string, allowInsecure: boolean): string {
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined
  if (url && (url.protocol === 'https:' || (allowInsecure && isLoopback(url)))) return url.href
  throw invalid('`introspection.endpoint` must be an https address')
}

function readRequirements(
  named: ApiOptions['requirements'],
): ReadonlyMap<string, RequirementDeclaration> {
  if (named === undefined) return new Map()
  if (!(named instanceof Map)) {
    const declared = Object.entries(named as Readonly<Record<string, RequirementDeclaration>>)
    return new Map(declared.map(([name, each]) => [name, { ...each, name }]))
  }
  return new Map(
    [...(named as ReadonlyMap<string, Requirement>)].map(([name, requirement]) => [
      name,
      declarationOf(name, requirement),
    ]),
  )
}

function declarationOf(
  name: string,
  { acrValues, maxAgeSeconds, transaction }: Requirement,
): RequirementDeclaration {
  return {
    name,
    ...(acrValues.length > 0 && { acr: acrValues }),
    ...(maxAgeSeconds !== undefined && { maxAge: maxAgeSeconds }),
    ...(transaction !== undefined && { transaction }),
  }
}

function readDpop({ longestAgeSeconds, nonceSecret, usedProofs }: DpopOptions): SenderRules {
  if (nonceSecret !== undefined && nonceSecret.byteLength < 32) {
    throw invalid('`dpop.nonceSecret` must be at least 32 bytes')
  }
  const age = count('dpop.longestAgeSeconds', longestAgeSeconds ?? 60)
  if (age === 0) throw invalid('`dpop.longestAgeSeconds` must be at least 1')
  return {
    longestAgeSeconds: age,
    nonces: nonceSecret && new DpopNonces(nonceSecret),
    usedProofs: usedProofs ?? memoryUsedTokenStore(),
  }
}

function readUrl(name: string, value: string): string {
  const url = URL.canParse(value) ? new URL(value) : undefined
  const isPlain = url && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === ''
  if (isPlain) return url.href.replace(/\/$/, '')
  throw invalid(`\`${name}\` must be an absolute address without query and fragment`)
}

/** RFC 8414 §2: https, without query and fragment. */
function checkIssuer(issuer: unknown, allowInsecure: boolean): void {
  const url = typeof issuer === 'string' && URL.canParse(issuer) ? new URL(issuer) : undefined
  if (!url || url.search !== '' || url.hash !== '' || url.username !== '') {
    throw invalid('`issuer` must be an absolute address without query and fragment')
  }
  if (url.protocol === 'https:' || (allowInsecure && isLoopback(url))) return
  throw new ResourceServerError(
    'insecure_issuer',
    `the issuer \`${url.href}\` must use https; on a loopback address \`allowInsecureIssuer\` permits http`,
  )
}

function readOrder({ levels, order }: IssuerOptions): LevelOrder | undefined {
  if (levels !== undefined && order !== undefined)
    throw invalid('state `levels` or `order`, not both')
  if (order !== undefined) {
    const listed = texts('order', order)
    if (new Set(listed).size !== listed.length) throw invalid('`order` names a level twice')
    return orderFromList(listed)
  }
  if (levels === undefined) return undefined
  try {
    return levelsFromOrder(levels)
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause
    throw new ResourceServerError('invalid_option', `\`levels\`: ${cause.message}`, { cause })
  }
}

function checkOrigin(origin: string): string {
  if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin)
    return origin
  throw invalid(
    `\`allowedOrigins\` must be origins such as \`https://app.example\`, not \`${origin}\``,
  )
}

function texts(name: string, value: string | readonly string[]): readonly string[] {
  const list: unknown = typeof value === 'string' ? [value] : value
  if (
    Array.isArray(list) &&
    list.length > 0 &&
    list.every((each) => typeof each === 'string' && each !== '')
  ) {
    return [...(list as string[])]
  }
  throw invalid(`\`${name}\` must be a text or a list of texts that are not empty`)
}

function count(name: string, value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value
  throw invalid(`\`${name}\` must be a whole number from 0`)
}

function invalid(message: string): ResourceServerError {
  return new ResourceServerError('invalid_option', message)
}
