import { levelsFromOrder, oneShotTokenSeconds, PolicyError } from '@newel/policy'
import type { LevelOrder } from '@newel/policy'
import { standardClaims } from './authentication-mapping.ts'
import { ResourceServerError } from './errors.ts'
import type { IntrospectionOptions, IntrospectionRules } from './introspection/introspection.ts'
import { orderFromList } from './level-order.ts'
import { count, invalid, texts } from './option-values.ts'
import type { IssuerOptions } from './options.ts'
import { isLoopback } from './provider-metadata.ts'
import { asymmetricAlgorithms } from './signature/key-set.ts'
import type { TokenRules } from './token-verifier.ts'

/** The options of one provider checked, with defaults filled in. */
export interface IssuerSettings extends TokenRules {
  readonly order: LevelOrder | undefined
  readonly introspection: IntrospectionRules | undefined
  readonly oneShotWindowSeconds: number
}

/** @throws ResourceServerError `invalid_option`, `insecure_issuer`. */
export function readIssuer(options: IssuerOptions, allowInsecureIssuer: boolean): IssuerSettings {
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
