import type { EpochSeconds, Requirement } from '@newel/policy'
import { readIssuer } from './issuer-settings.ts'
import type { IssuerSettings } from './issuer-settings.ts'
import type { ObservedDecision } from './observed-decision.ts'
import { count, invalid } from './option-values.ts'
import type { ApiOptions, DpopOptions, IssuerOptions, ResourceServerOptions } from './options.ts'
import type { Fetch } from './provider-metadata.ts'
import type { RequirementDeclaration } from './requirement.ts'
import type { ReadCertificate } from './sender/client-certificate.ts'
import { DpopNonces } from './sender/dpop-nonces.ts'
import type { SenderRules } from './sender/sender-proof.ts'
import { memoryUsedTokenStore } from './used-token-store.ts'
import type { UsedTokenStore } from './used-token-store.ts'

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
  /** Throws ResourceServerError `invalid_option` where the clock tells no time. */
  readonly clock: () => EpochSeconds
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
    clock: readClock(options.clock),
  }
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

function checkOrigin(origin: string): string {
  if (typeof origin === 'string' && URL.canParse(origin) && new URL(origin).origin === origin)
    return origin
  throw invalid(
    `\`allowedOrigins\` must be origins such as \`https://app.example\`, not \`${origin}\``,
  )
}

function readClock(
  clock: () => EpochSeconds = () => Math.floor(Date.now() / 1000),
): () => EpochSeconds {
  return () => {
    const now = clock()
    // Every comparison with NaN is false, and so no token would ever be too old.
    if (!Number.isFinite(now)) throw invalid('the clock tells no time')
    return now
  }
}
