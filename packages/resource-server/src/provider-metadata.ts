import type { LevelOrder } from '@newel/policy'
import { levelOrderFromMetadata } from '@newel/protocol'
import { ResourceServerError } from './errors.ts'

/** What an API needs to know of its provider. */
export interface ProviderMetadata {
  readonly jwksUri: URL
  /** Absent: the provider publishes no order. */
  readonly order: LevelOrder | undefined
  readonly acrValuesSupported: readonly string[] | undefined
  /** Absent: the provider has none, or one that may not be used. */
  readonly introspectionEndpoint: string | undefined
}

export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** How long one request to the provider may take, in milliseconds. */
const timeoutMilliseconds = 5000
/** Longest document read from the provider, in characters. */
const longestDocument = 1_048_576

/**
 * Read the metadata of `issuer`: OpenID Connect Discovery, else RFC 8414 where that address knows nothing.
 *
 * @throws ResourceServerError `provider_unavailable`, `issuer_mismatch`, `invalid_metadata`.
 */
export async function fetchMetadata(
  issuer: string,
  fetch: Fetch,
  allowInsecure: boolean,
): Promise<ProviderMetadata> {
  const metadata =
    (await fetchJsonIfThere(openidConfigurationUrl(issuer), fetch)) ??
    (await fetchJson(authorizationServerUrl(issuer), fetch))
  if (metadata['issuer'] !== issuer) {
    throw new ResourceServerError(
      'issuer_mismatch',
      `the provider calls itself \`${String(metadata['issuer']).slice(0, 200)}\`, not \`${issuer}\`; the two must be the same text`,
    )
  }
  const levels = levelOrderFromMetadata(metadata)
  if (!levels.ok) throw new ResourceServerError('invalid_metadata', levels.message)
  return {
    jwksUri: readJwksUri(metadata['jwks_uri'], allowInsecure),
    order: levels.order,
    acrValuesSupported: levels.acrValuesSupported,
    introspectionEndpoint: usableUrl(metadata['introspection_endpoint'], allowInsecure)?.href,
  }
}

/**
 * A JSON object from the provider. Redirects are not followed: an address that is trusted for keys must be stated.
 *
 * @throws ResourceServerError `provider_unavailable`.
 */
export async function fetchJson(
  url: string,
  fetch: Fetch,
  request: Pick<RequestInit, 'method' | 'body'> & { headers?: Record<string, string> } = {},
): Promise<Readonly<Record<string, unknown>>> {
  const document = await tryFetchJson(url, fetch, request)
  if (document) return document
  throw unreadable(url, new Error('the answer has status 404'))
}

/** The same; `undefined` where there is nothing at that address. */
async function fetchJsonIfThere(
  url: string,
  fetch: Fetch,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  return tryFetchJson(url, fetch, {})
}

async function tryFetchJson(
  url: string,
  fetch: Fetch,
  {
    headers,
    ...request
  }: Pick<RequestInit, 'method' | 'body'> & { headers?: Record<string, string> },
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const response = await fetch(url, {
      ...request,
      headers: { accept: 'application/json', ...headers },
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMilliseconds),
    })
    if (response.status !== 200) {
      await response.body?.cancel()
      if (response.status === 404) return undefined
      throw new Error(`the answer has status ${response.status}`)
    }
    const document: unknown = JSON.parse(await readBounded(response))
    if (typeof document !== 'object' || document === null || Array.isArray(document)) {
      throw new Error('the answer is not a JSON object')
    }
    return document as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw unreadable(url, cause)
  }
}

function unreadable(url: string, cause: unknown): ResourceServerError {
  return new ResourceServerError('provider_unavailable', `\`${url}\` could not be read`, { cause })
}

async function readBounded(response: Response): Promise<string> {
  const reader = response.body?.getReader()
  if (!reader) return ''
  const decoder = new TextDecoder()
  let text = ''
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    text += decoder.decode(value, { stream: true })
    if (text.length > longestDocument) {
      await reader.cancel()
      throw new Error(`the answer is longer than ${longestDocument} characters`)
    }
  }
}

function openidConfigurationUrl(issuer: string): string {
  return `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`
}

/** RFC 8414 §3.1: the well-known part stands between host and path. */
function authorizationServerUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/$/, '')}`
}

function readJwksUri(value: unknown, allowInsecure: boolean): URL {
  const url = usableUrl(value, allowInsecure)
  if (url) return url
  throw new ResourceServerError(
    'invalid_metadata',
    '`jwks_uri` of the provider must be an https address',
  )
}

function usableUrl(value: unknown, allowInsecure: boolean): URL | undefined {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined
  return url && (url.protocol === 'https:' || (allowInsecure && isLoopback(url))) ? url : undefined
}

/** A plain-text address that no network sees. */
export function isLoopback(url: URL): boolean {
  return (
    url.protocol === 'http:' &&
    (url.hostname === 'localhost' ||
      url.hostname.endsWith('.localhost') ||
      url.hostname === '[::1]' ||
      /^127(?:\.[0-9]{1,3}){3}$/.test(url.hostname))
  )
}
