import { levelsFromOrder, oneShotTokenSeconds, PolicyError } from '@newel/policy'
import type { EpochSeconds, LevelOrder, LevelOrderEntry } from '@newel/policy'
import { ResourceServerError } from './errors.ts'
import { orderFromList } from './level-order.ts'
import { isLoopback } from './provider-metadata.ts'
import type { Fetch } from './provider-metadata.ts'
import { asymmetricAlgorithms } from './token-verifier.ts'
import { memoryUsedTokenStore } from './used-token-store.ts'
import type { UsedTokenStore } from './used-token-store.ts'

export interface ResourceServerOptions {
  /** The provider, as it names itself: compared letter by letter with its metadata and with `iss`. */
  readonly issuer: string
  /** What this API is called in `aud`, or several names any of which is enough. */
  readonly audience: string | readonly string[]
  /**
   * `eager`, the default: `createResourceServer` asks the provider at once. One that is down is asked again at the first
   * request or `ready()`; one that contradicts the configuration is an error. `lazy`: nothing is asked before the first
   * request or `ready()`.
   */
  readonly start?: 'eager' | 'lazy'
  /**
   * The levels, where the provider does not publish `newel_levels`; where it does, these win. Excludes `order`. With
   * neither, a level satisfies itself alone.
   */
  readonly levels?: readonly LevelOrderEntry[]
  /** The levels as a plain list, weakest first, each satisfying those before it. Excludes `levels`. */
  readonly order?: readonly string[]
  /** Accepted `typ` of tokens. Default: `at+jwt` alone (RFC 9068). Some providers send `JWT`. */
  readonly tokenTypes?: readonly ('at+jwt' | 'JWT')[]
  /** Accepted signature algorithms. Default: every asymmetric one. */
  readonly algorithms?: readonly string[]
  /** Where one-shot tokens that were used are remembered. Default: in this process; several processes need a shared one. */
  readonly usedTokens?: UsedTokenStore
  /**
   * With a provider that does not publish `newel_levels`, and so does not mark one-shot tokens: how old a proof may be, in
   * seconds, to meet `maxAge: 0`. It passes once. Default: 60. `0`: only a proof of this very second.
   */
  readonly oneShotWindowSeconds?: number
  /** Named in challenges. Absent: none. */
  readonly realm?: string
  /**
   * Origins that may read refusals, as `https://app.example`. Refusals to them carry `Access-Control-Allow-Origin`, for
   * applications whose CORS layer does not see answers given before the handler. Absent: the CORS layer's business.
   */
  readonly allowedOrigins?: readonly string[]
  /** Most verified tokens remembered. Default: 10,000. `0`: none, each request verifies the signature. */
  readonly cacheSize?: number
  /** Accept an `http` issuer on a loopback address. For development. Default: `false`. */
  readonly allowInsecureIssuer?: boolean
  /** Default: the global `fetch`. */
  readonly fetch?: Fetch
  /** Default: the system's clock. */
  readonly clock?: () => EpochSeconds
}

/** Options checked, with defaults filled in. */
export interface Settings {
  readonly issuer: string
  readonly audience: readonly string[]
  readonly start: 'eager' | 'lazy'
  readonly order: LevelOrder | undefined
  readonly tokenTypes: readonly string[]
  readonly algorithms: readonly string[]
  readonly usedTokens: UsedTokenStore
  readonly oneShotWindowSeconds: number
  readonly realm: string | undefined
  readonly allowedOrigins: ReadonlySet<string> | undefined
  readonly cacheSize: number
  readonly allowInsecureIssuer: boolean
  readonly fetch: Fetch
  readonly clock: () => EpochSeconds
}

/** @throws ResourceServerError `invalid_option`, `insecure_issuer`. */
export function readOptions(options: ResourceServerOptions): Settings {
  const allowInsecureIssuer = options.allowInsecureIssuer ?? false
  checkIssuer(options.issuer, allowInsecureIssuer)
  if (options.start !== undefined && !['eager', 'lazy'].includes(options.start)) {
    throw invalid('`start` must be `eager` or `lazy`')
  }
  if (
    options.realm !== undefined &&
    !/^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,255}$/.test(options.realm)
  ) {
    throw invalid('`realm` must be 1 to 255 characters of visible ASCII and spaces')
  }
  const tokenTypes = texts('tokenTypes', options.tokenTypes ?? ['at+jwt'])
  if (!tokenTypes.every((type) => type === 'at+jwt' || type === 'JWT')) {
    throw invalid('`tokenTypes` must be of `at+jwt` and `JWT`')
  }
  const algorithms = texts('algorithms', options.algorithms ?? asymmetricAlgorithms)
  const refused = algorithms.find((algorithm) => !asymmetricAlgorithms.includes(algorithm))
  if (refused !== undefined) {
    throw invalid(`the algorithm \`${refused}\` is not one of ${asymmetricAlgorithms.join(', ')}`)
  }
  return {
    issuer: options.issuer,
    audience: texts('audience', options.audience),
    start: options.start ?? 'eager',
    order: readOrder(options),
    tokenTypes: tokenTypes.map((type) => type.toLowerCase()),
    algorithms,
    usedTokens: options.usedTokens ?? memoryUsedTokenStore(),
    oneShotWindowSeconds: count(
      'oneShotWindowSeconds',
      options.oneShotWindowSeconds ?? oneShotTokenSeconds,
    ),
    realm: options.realm,
    allowedOrigins: options.allowedOrigins && new Set(options.allowedOrigins.map(checkOrigin)),
    cacheSize: count('cacheSize', options.cacheSize ?? 10_000),
    allowInsecureIssuer,
    // Looked up at each call: some runtimes replace it after start, and it must be called without a receiver.
    fetch: options.fetch ?? ((url, init) => globalThis.fetch(url, init)),
    clock: options.clock ?? (() => Math.floor(Date.now() / 1000)),
  }
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

function readOrder({ levels, order }: ResourceServerOptions): LevelOrder | undefined {
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
