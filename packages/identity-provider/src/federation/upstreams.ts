import type { EpochSeconds } from '@newel/policy'
import { clockToleranceSeconds } from '@newel/policy'
import type { UpstreamConfig } from '@newel/policy-document'
import * as openid from 'openid-client'
import { IdentityProviderError } from '../identity-provider-error.ts'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { answerWithinSeconds, isSafeAddress, limitedFetch, unsafeAddress } from './limited-fetch.ts'

export interface UpstreamsOptions {
  readonly upstreams: readonly UpstreamConfig[]
  /** By upstream id. Absent there: a public client. */
  readonly secrets: ReadonlyMap<string, string>
  /** Of this provider, without a closing slash. */
  readonly issuer: string
  readonly clock: () => EpochSeconds
  readonly fetch: typeof globalThis.fetch
  readonly logger: ProviderLogger | undefined
}

/** The upstreams of one document. */
export interface Upstreams {
  readonly all: readonly Upstream[]
  byId(id: string): Upstream | undefined
  byIssuer(issuer: string): Upstream | undefined
}

/** Why an upstream gave no answer that can be judged. */
export type UpstreamFailure =
  /** The person, or the upstream for them, said no. */
  | 'denied'
  /** It says itself that it cannot reach what was asked. */
  | 'unmet'
  /** It did not answer, or not in time. */
  | 'unavailable'
  /** What came back is not to be trusted. */
  | 'invalid'

/** What is put into an authorization request to an upstream. */
export interface UpstreamRequestParameters {
  readonly state: string
  readonly nonce: string
  /** RFC 7636 §4.2, by S256. */
  readonly codeChallenge: string
  readonly acrValues: readonly string[]
  readonly maxAgeSeconds: number
  readonly fresh: boolean
}

/** What the answer has to fit. */
export interface ExpectedAnswer {
  readonly state: string
  readonly nonce: string
  readonly codeVerifier: string
}

export type UpstreamAnswer =
  | {
      readonly ok: true
      /** Of the ID token: signature, `iss`, `aud`, `exp` and `nonce` have been checked. */
      readonly claims: Readonly<Record<string, unknown>>
      /** The claims and, for what they lack, those of the userinfo endpoint as far as it answers. */
      readonly profile: () => Promise<Readonly<Record<string, unknown>>>
    }
  | { readonly ok: false; readonly reason: UpstreamFailure }

export interface Upstream {
  readonly config: UpstreamConfig
  /** Where the upstream sends the browser back to. */
  readonly callback: string
  /** Undefined: the upstream cannot be reached. */
  authorizationUrl(parameters: UpstreamRequestParameters): Promise<URL | undefined>
  /** Holds what came back to what was asked, and redeems the code. */
  redeem(answer: URLSearchParams, expected: ExpectedAnswer): Promise<UpstreamAnswer>
}

/** How long what an upstream publishes of itself is believed, in seconds. Its keys are read anew where one is missing. */
const metadataSeconds = 3600

/** Asks no upstream for anything before a person wants to go there. @throws IdentityProviderError `client_secret_missing`. */
export function createUpstreams(options: UpstreamsOptions): Upstreams {
  const all = options.upstreams.map((config) => createUpstream(config, options))
  return {
    all,
    byId: (id) => all.find(({ config }) => config.id === id),
    byIssuer: (issuer) => all.find(({ config }) => config.issuer === issuer),
  }
}

function createUpstream(config: UpstreamConfig, options: UpstreamsOptions): Upstream {
  const { clock, logger } = options
  const callback = `${options.issuer}/federation/${config.id}/callback`
  const secret = options.secrets.get(config.id)
  if (config.secret !== undefined && (secret === undefined || secret === '')) {
    throw new IdentityProviderError(
      'client_secret_missing',
      `the upstream \`${config.id}\` has no secret; set what its \`secret\` refers to`,
    )
  }
  const issuer = new URL(config.issuer)
  const fetch = limitedFetch(options.fetch, issuer)
  let known:
    | { readonly until: EpochSeconds; readonly configuration: openid.Configuration }
    | undefined
  let asking: Promise<openid.Configuration> | undefined

  async function discover(): Promise<openid.Configuration> {
    const found = await openid.discovery(
      issuer,
      config.clientId,
      { [openid.clockTolerance]: clockToleranceSeconds },
      secret === undefined ? openid.None() : authentication(secret),
      {
        [openid.customFetch]: fetch,
        timeout: answerWithinSeconds,
        execute: [
          openid.enableNonRepudiationChecks,
          // oxlint-disable-next-line typescript/no-deprecated -- deprecated to stand out; `limitedFetch` keeps it to loopback
          ...(issuer.protocol === 'http:' ? [openid.allowInsecureRequests] : []),
        ],
      },
    )
    const metadata = found.serverMetadata()
    if (metadata.issuer !== config.issuer) throw new TypeError('it calls itself another issuer')
    // A browser is sent there.
    if (!isSafeAddress(new URL(metadata.authorization_endpoint ?? ''), issuer)) {
      throw new TypeError(unsafeAddress)
    }
    return found
  }

  /** Those who ask at once share one request. */
  async function configuration(): Promise<openid.Configuration> {
    if (known !== undefined && clock() < known.until) return known.configuration
    asking ??= discover().finally(() => {
      asking = undefined
    })
    const found = await asking
    known = { until: clock() + metadataSeconds, configuration: found }
    return found
  }

  /** By code: a message may quote what was sent. */
  function warn(error: unknown): void {
    logger?.warn({ upstream: config.id, code: codeOf(error) }, 'an upstream provider failed')
  }

  return {
    config,
    callback,
    async authorizationUrl({ state, nonce, codeChallenge, acrValues, maxAgeSeconds, fresh }) {
      try {
        return openid.buildAuthorizationUrl(await configuration(), {
          redirect_uri: callback,
          scope: config.scopes.join(' '),
          state,
          nonce,
          code_challenge: codeChallenge,
          code_challenge_method: 'S256',
          // OIDC Core §2: with `max_age` the upstream has to say when the person authenticated.
          max_age: String(fresh ? 0 : maxAgeSeconds),
          ...(acrValues.length > 0 && { acr_values: acrValues.join(' ') }),
          ...(fresh && { prompt: 'login' }),
        })
      } catch (error) {
        warn(error)
        return undefined
      }
    },
    async redeem(answer, { state, nonce, codeVerifier }) {
      try {
        const found = await configuration()
        const tokens = await openid.authorizationCodeGrant(
          found,
          new URL(`${callback}?${answer.toString()}`),
          {
            expectedState: state,
            expectedNonce: nonce,
            pkceCodeVerifier: codeVerifier,
            idTokenExpected: true,
          },
        )
        const claims: Readonly<Record<string, unknown>> | undefined = tokens.claims()
        if (claims === undefined) return { ok: false, reason: 'invalid' }
        const profile = async (): Promise<Readonly<Record<string, unknown>>> => {
          if (found.serverMetadata().userinfo_endpoint === undefined) return claims
          try {
            const subject = String(claims['sub'])
            const told = await openid.fetchUserInfo(found, tokens.access_token, subject)
            return mergedProfile(told, claims)
          } catch (error) {
            warn(error)
            return claims
          }
        }
        return { ok: true, claims, profile }
      } catch (error) {
        const reason = failureOf(error)
        if (reason !== 'denied' && reason !== 'unmet') warn(error)
        return { ok: false, reason }
      }
    },
  }
}

/** What the ID token says goes first. Whether an address is verified is said where the address is, and of no other. */
function mergedProfile(
  { email, email_verified, ...told }: Readonly<Record<string, unknown>>,
  claims: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const address = 'email' in claims ? {} : { email, email_verified }
  return { ...told, ...claims, ...address }
}

/** RFC 6749 §2.3.1: a server has to take it in the header; one that takes it in the body alone says so. */
function authentication(secret: string): openid.ClientAuth {
  const [inHeader, inBody] = [openid.ClientSecretBasic(secret), openid.ClientSecretPost(secret)]
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
    const use = taken.includes('client_secret_basic') ? inHeader : inBody
    use(server, ...rest)
  }
}

function failureOf(error: unknown): UpstreamFailure {
  if (error instanceof openid.AuthorizationResponseError) {
    switch (error.error) {
      case 'access_denied':
      case 'login_required':
      case 'interaction_required':
      case 'consent_required':
      case 'account_selection_required':
        return 'denied'
      case 'unmet_authentication_requirements':
        return 'unmet'
      case 'server_error':
      case 'temporarily_unavailable':
        return 'unavailable'
      default:
        return 'invalid'
    }
  }
  const code = codeOf(error)
  return code === 'OAUTH_TIMEOUT' || isNetworkFailure(error) ? 'unavailable' : 'invalid'
}

/** `fetch` gives a `TypeError` with the system's error as its cause; a server in trouble answers with a status of 500 or more. */
function isNetworkFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  const { cause } = error
  if (cause instanceof Response) return cause.status >= 500
  return error instanceof TypeError && cause instanceof Error
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string'
    ? error.code
    : undefined
}
