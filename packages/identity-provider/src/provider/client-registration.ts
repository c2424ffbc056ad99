import { createHash, timingSafeEqual } from 'node:crypto'
import type { EpochSeconds } from '@newel/policy'
import type { PolicyDocument, RegistrationConfig } from '@newel/policy-document'
import { type KoaContextWithOIDC, type Provider, errors } from 'oidc-provider'
import type { ObserveProvider } from '../provider-event.ts'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import type { AttemptLimit, AttemptStore, Store } from '../store/index.ts'
import { openidScopes } from './client-metadata.ts'
import { registeredAuthentications, registeredKeys } from './registered-keys.ts'

/** Where a client registers (RFC 7591 §3), and below it its own record (RFC 7592 §2). */
export const registrationRoute = '/register'

/** The library's name for the rules that every registered record passes, when it is made and when it is changed. */
const policyName = 'document'

/** The library's features for clients that register themselves. */
export function registrationFeatures(
  registration: RegistrationConfig,
  {
    random,
    clock,
    store,
    document: { issuer },
  }: {
    readonly random: RandomBytes
    readonly clock: () => EpochSeconds
    readonly store: Pick<Store, 'attempts'>
    readonly document: Pick<PolicyDocument, 'issuer'>
  },
): Readonly<Record<string, unknown>> {
  return {
    registration: {
      enabled: true,
      // The policies of the library go with a token that it finds; see `acceptInitialAccessToken`.
      initialAccessToken: true,
      policies: {
        [policyName]: async (ctx: KoaContextWithOIDC, metadata: Metadata) => {
          holdToDocument(metadata, registration, issuer)
          if (ctx.method === 'POST') await countRegistration(ctx, store.attempts, clock())
        },
      },
      idFactory: () => `registered-${randomId(random)}`,
      secretFactory: () => randomId(random),
    },
    registrationManagement: { enabled: true, rotateRegistrationAccessToken: true },
  }
}

/** Of all who have the token together: their records never expire. The last of them closes the door for an hour. */
const registrationLimit: AttemptLimit = { attempts: 100, windowSeconds: 3600, lockSeconds: 3600 }

/** @throws errors.CustomOIDCProviderError of status 429 (RFC 6585 §4) */
async function countRegistration(
  ctx: KoaContextWithOIDC,
  attempts: AttemptStore,
  now: EpochSeconds,
): Promise<void> {
  const { counted, lockedUntil = now } = await attempts.fail(
    'registrations',
    now,
    registrationLimit,
  )
  if (counted) return
  ctx.set('Retry-After', String(lockedUntil - now))
  const refusal = new errors.CustomOIDCProviderError(
    'temporarily_unavailable',
    'too many clients registered within an hour',
  )
  throw Object.assign(refusal, { status: 429, statusCode: 429 })
}

/** RFC 7591 §3: the one initial access token is the operator's, and is in no store. */
export function acceptInitialAccessToken(provider: Provider, expected: string): void {
  const { InitialAccessToken } = provider
  const find = async (given: unknown) =>
    isEqual(given, expected) ? new InitialAccessToken({ policies: [policyName] }) : undefined
  Object.assign(InitialAccessToken, { find })
}

/** Says which clients came, changed and went. */
export function observeRegistrations(
  provider: Provider,
  { observe, clock }: { readonly observe: ObserveProvider; readonly clock: () => EpochSeconds },
): void {
  const observed =
    (type: 'client_registered' | 'client_changed' | 'client_removed') =>
    ({ ip }: KoaContextWithOIDC, { clientId }: { readonly clientId: string }): void => {
      observe({ type, at: clock(), clientId, address: ip })
    }
  provider.on('registration_create.success', observed('client_registered'))
  provider.on('registration_update.success', observed('client_changed'))
  provider.on('registration_delete.success', observed('client_removed'))
}

function isEqual(given: unknown, expected: string): boolean {
  if (typeof given !== 'string' || expected === '') return false
  return timingSafeEqual(digest(given), digest(expected))
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}

export type Metadata = Record<string, unknown>

/** What a client says of itself and what is kept of it. All else is left out (RFC 7591 §2). */
const kept = [
  'client_id',
  'client_id_issued_at',
  'client_secret',
  'client_secret_expires_at',
  'client_name',
  'redirect_uris',
  'post_logout_redirect_uris',
  'backchannel_logout_uri',
  'grant_types',
  'token_endpoint_auth_method',
  'jwks',
  'scope',
  'require_pushed_authorization_requests',
  'dpop_bound_access_tokens',
] as const

/**
 * Makes of what a client asked for what the document lets it have. Levels, keys to fetch, other signatures and everything
 * unknown is left out; what cannot be is refused.
 *
 * @throws errors.InvalidClientMetadata, errors.InvalidRedirectUri
 */
export function holdToDocument(
  metadata: Metadata,
  registration: RegistrationConfig,
  issuer: string,
): void {
  const method = authenticationOf(metadata)
  const keys = method === 'private_key_jwt' ? registeredKeys(metadata) : undefined
  for (const key of Object.keys(metadata)) {
    if (!kept.some((name) => name === key)) delete metadata[key]
  }
  checkName(metadata['client_name'])
  const { redirect_uris: redirectUris } = metadata
  if (!Array.isArray(redirectUris) || redirectUris.length === 0) {
    refuseAddress('redirect_uris must have an address')
  }
  if (!isWithinDocument(metadata, registration)) {
    refuseAddress('an address is at no origin that clients may register, or not plainly spelled')
  }
  const { backchannel_logout_uri: logoutUri } = metadata
  // A redirect to loopback is for the person's machine. This one would go to the provider's own.
  if (isPlainHttp(logoutUri) && !isPlainHttp(issuer)) {
    throw new errors.InvalidClientMetadata('backchannel_logout_uri must use https')
  }
  const grants = ['authorization_code']
  const asked = metadata['grant_types']
  const refreshes = Array.isArray(asked) && asked.includes('refresh_token')
  if (refreshes && registration.refreshTokenLifetimeSeconds > 0) grants.push('refresh_token')
  Object.assign(metadata, {
    token_endpoint_auth_method: method,
    jwks: keys,
    grant_types: grants,
    response_types: ['code'],
    application_type: 'web',
    id_token_signed_response_alg: 'ES256',
    require_auth_time: true,
    scope: scopesOf(metadata['scope'], registration),
    ...(logoutUri !== undefined && {
      backchannel_logout_session_required: true,
    }),
  })
}

/** The library's own words for this error are of an authorization request. RFC 7591 §3.2.2. */
function refuseAddress(description: string): never {
  throw Object.assign(new errors.InvalidRedirectUri(), { error_description: description })
}

function authenticationOf(
  metadata: Readonly<Metadata>,
): (typeof registeredAuthentications)[number] {
  const { token_endpoint_auth_method: asked = 'client_secret_basic' } = metadata
  const method = registeredAuthentications.find((one) => one === asked)
  if (method !== undefined) return method
  throw new errors.InvalidClientMetadata(
    `token_endpoint_auth_method must be one of ${registeredAuthentications.join(', ')}`,
  )
}

/** Whether every address of a record is at an origin that the document allows at this moment. */
export function isWithinDocument(
  metadata: Readonly<Metadata>,
  registration: RegistrationConfig,
): boolean {
  const addresses = ['redirect_uris', 'post_logout_redirect_uris', 'backchannel_logout_uri']
    .map((key) => metadata[key])
    .flat()
    .filter((address) => address !== undefined)
  return addresses.every(
    (address) =>
      typeof address === 'string' &&
      isPlain(address) &&
      registration.redirectOrigins.includes(new URL(address).origin),
  )
}

function isPlainHttp(address: unknown): boolean {
  return typeof address === 'string' && address.startsWith('http:')
}

/** Spelled as every parser reads it, without a user name before the host, and without a fragment (RFC 6749 §3.1.2). */
function isPlain(address: string): boolean {
  if (!URL.canParse(address) || address.includes('#')) return false
  const { href, protocol, username, password } = new URL(address)
  const isWeb = protocol === 'https:' || protocol === 'http:'
  return isWeb && username + password === '' && [address, `${address}/`].includes(href)
}

/** In UTF-16 units. */
const longestName = 60

function checkName(name: unknown): void {
  if (name === undefined) return
  const isName =
    typeof name === 'string' &&
    name.trim() !== '' &&
    name.length <= longestName &&
    !/\p{C}/u.test(name)
  if (isName) return
  throw new errors.InvalidClientMetadata(
    `client_name must have up to ${longestName} characters, all of which can be seen`,
  )
}

/** Scopes of OpenID Connect alone: those of resources are granted by the resource, as for every client. */
function scopesOf(scope: unknown, registration: RegistrationConfig): string {
  const allowed = registration.scopes.filter((name) => openidScopes.includes(name))
  if (typeof scope !== 'string') return allowed.join(' ')
  const asked = scope.split(' ')
  return allowed.filter((name) => name === 'openid' || asked.includes(name)).join(' ')
}
