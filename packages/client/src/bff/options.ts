import { clockToleranceSeconds, type EpochSeconds } from '@newel/policy'
import { ClientError } from '../errors.ts'
import { requirementFromInput, type RequirementInput } from '../requirement.ts'
import type { BffEventListener } from './bff-event.ts'
import { memoryStore } from './memory-store.ts'
import { Sealer } from './sealer.ts'
import { KeyProofs } from './session-key.ts'
import type { BffStore } from './store.ts'
import { Vault } from './vault.ts'

/** All that the backend asks of the machine it runs on. */
export interface BffHost {
  /** Seconds since 1970. */
  now(): EpochSeconds
  randomBytes(length: number): Uint8Array<ArrayBuffer>
  fetch(url: string, init: RequestInit): Promise<Response>
  /** Resolves after so many milliseconds: the wait for another process that refreshes the same session. */
  wait(milliseconds: number): Promise<void>
}

/** How the client proves itself to the provider. Absent: it does not, and PKCE alone guards the code. */
export type ClientCredential =
  /** `client_secret_basic`. */
  | { readonly secret: string }
  /** `private_key_jwt`. */
  | { readonly privateKey: CryptoKey; readonly keyId?: string }

/** Where sessions are kept. */
export type SessionPlace =
  /** In the browser's cookie, sealed. Costs the store one look for logouts; a session of more than 11 kB does not fit. */
  | 'cookie'
  /** In the store; the cookie is a random id. */
  | 'store'

export interface BffOptions {
  /** The provider, exactly as its discovery document names itself. `https`, or `http` on a loopback address. */
  readonly issuer: string
  readonly clientId: string
  readonly credential?: ClientCredential
  /** This app's own origin, as browsers see it: `https`, or `http` on loopback, where cookies lose `__Host-` and `Secure`. */
  readonly origin: string
  /** Below which the routes lie. Default: `/bff`. */
  readonly basePath?: string
  /** Scopes separated by spaces; `openid` is always asked. Default: `openid`. */
  readonly scope?: string
  /** The API that access tokens are for. RFC 8707. Absent: the provider's default. */
  readonly resource?: string
  /**
   * Bind the tokens of each session to a key that is sealed with it (DPoP, RFC 9449): a token that is stolen alone opens
   * nothing. Sessions from before stay as they are until their next step-up. Default: `false`.
   */
  readonly dpop?: boolean
  /** The only origins that get the token, and the only ones whose challenges are heard. */
  readonly apiOrigins: readonly string[]
  /** Each of 32 random characters or more. The first seals, all open: put a new one in front, drop the old one later. */
  readonly secrets: readonly string[]
  /** Default: `cookie`. */
  readonly sessions?: SessionPlace
  /** Shared by all processes. Default: the memory of this one. */
  readonly store?: BffStore
  /** A session ends after so many seconds without a call. Default: 1800. */
  readonly idleSeconds?: number
  /** A session ends so many seconds after its login. Default: 43200. */
  readonly absoluteSeconds?: number
  /** What every login asks. Absent: the provider's default for this client. */
  readonly login?: RequirementInput
  /** Claims of the ID token that the page may see besides `sub`, such as `name`. Default: none. */
  readonly profileClaims?: readonly string[]
  /** Origins besides this one that a login or step-up may return to. Default: none. */
  readonly returnOrigins?: readonly string[]
  /** Where the provider sends the person after logout, as registered there. Absent: they stay on its page. */
  readonly postLogoutRedirectUri?: string
  /** How long the person may take at the provider, and how long a parked call waits, in seconds. Default: 600. */
  readonly timeLimitSeconds?: number
  /** Largest body of a call that is parked, in bytes. Default: 65536. */
  readonly parkedBodyBytes?: number
  /** Largest body that the proxy takes, in bytes. Default: 1048576. */
  readonly proxiedBodyBytes?: number
  /** How far the provider's times may disagree among themselves, in seconds. Default: 5. */
  readonly clockToleranceSeconds?: number
  /** Default: the machine's. */
  readonly host?: Partial<BffHost>
  readonly onEvent?: BffEventListener
}

/** The options, checked and completed. */
export interface BffSettings {
  readonly issuer: URL
  readonly clientId: string
  readonly credential: ClientCredential | undefined
  readonly origin: string
  /** Cookies get `__Host-` and `Secure`. */
  readonly secure: boolean
  readonly basePath: string
  readonly redirectUri: string
  readonly scope: string
  readonly resource: string | undefined
  readonly dpop: boolean
  readonly proofs: KeyProofs
  readonly apiOrigins: ReadonlySet<string>
  readonly sealer: Sealer
  readonly vault: Vault
  readonly sessions: SessionPlace
  readonly idleSeconds: number
  readonly absoluteSeconds: number
  readonly login: RequirementInput | undefined
  readonly profileClaims: readonly string[]
  readonly returnOrigins: ReadonlySet<string>
  readonly postLogoutRedirectUri: string | undefined
  readonly timeLimitSeconds: number
  readonly parkedBodyBytes: number
  readonly proxiedBodyBytes: number
  readonly clockToleranceSeconds: number
  readonly host: BffHost
  readonly emit: BffEventListener
}

const machine: BffHost = {
  now: () => Date.now() / 1000,
  randomBytes: (length) => crypto.getRandomValues(new Uint8Array(length)),
  fetch: (url, init) => fetch(url, init),
  wait: (milliseconds) =>
    new Promise((resolve) => {
      setTimeout(resolve, milliseconds)
    }),
}

/** @throws ClientError `configuration` */
export function settingsFrom(options: BffOptions): BffSettings {
  const host = { ...machine, ...options.host }
  const issuer = parseUrl('issuer', options.issuer)
  if (issuer.protocol !== 'https:' && !isLoopback(issuer)) {
    throw invalid('issuer', options.issuer, 'must be https')
  }
  const origin = originFrom('origin', options.origin)
  const secure = origin.startsWith('https:')
  if (!secure && !isLoopback(new URL(origin))) throw invalid('origin', origin, 'must be https')
  const basePath = options.basePath ?? '/bff'
  if (!/^(\/[\w.~-]+)+$/.test(basePath)) {
    throw invalid('basePath', basePath, 'must be a path such as `/bff`')
  }
  const scopes = new Set(['openid', ...(options.scope ?? '').split(' ').filter(Boolean)])
  // A mistake here would only show at the first login.
  if (options.login) requirementFromInput(options.login)
  const sealer = new Sealer(options.secrets, host.randomBytes)
  return {
    issuer,
    clientId: options.clientId,
    credential: options.credential,
    origin,
    secure,
    basePath,
    redirectUri: `${origin}${basePath}/callback`,
    scope: [...scopes].join(' '),
    resource: options.resource,
    dpop: options.dpop ?? false,
    proofs: new KeyProofs(host),
    apiOrigins: new Set(options.apiOrigins.map((value) => originFrom('apiOrigins', value))),
    sealer,
    vault: new Vault(options.store ?? memoryStore(host.now), sealer),
    sessions: options.sessions ?? 'cookie',
    idleSeconds: positive('idleSeconds', options.idleSeconds ?? 1800),
    absoluteSeconds: positive('absoluteSeconds', options.absoluteSeconds ?? 43_200),
    login: options.login,
    profileClaims: options.profileClaims ?? [],
    returnOrigins: new Set(
      (options.returnOrigins ?? []).map((value) => originFrom('returnOrigins', value)),
    ),
    postLogoutRedirectUri: options.postLogoutRedirectUri,
    timeLimitSeconds: positive('timeLimitSeconds', options.timeLimitSeconds ?? 600),
    parkedBodyBytes: positive('parkedBodyBytes', options.parkedBodyBytes ?? 65_536),
    proxiedBodyBytes: positive('proxiedBodyBytes', options.proxiedBodyBytes ?? 1_048_576),
    clockToleranceSeconds: options.clockToleranceSeconds ?? clockToleranceSeconds,
    host,
    emit: options.onEvent ?? (() => {}),
  }
}

/** Whether plain http to this address stays on the machine. */
export function isLoopback({ protocol, hostname }: URL): boolean {
  return protocol === 'http:' && /^(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/.test(hostname)
}

function originFrom(option: string, value: string): string {
  const { origin } = parseUrl(option, value)
  if (origin === value) return origin
  throw invalid(option, value, 'must be an origin, such as `https://api.example.com`')
}

function parseUrl(option: string, value: string): URL {
  const url = URL.parse(value)
  if (url) return url
  throw new ClientError('configuration', `\`${option}\` is not a URL: \`${value}\``)
}

function positive(option: string, value: number): number {
  if (Number.isSafeInteger(value) && value > 0) return value
  throw invalid(option, String(value), 'must be a whole number above 0')
}

function invalid(option: string, value: string, rule: string): ClientError {
  return new ClientError('configuration', `\`${option}\` ${rule}, not \`${value}\``)
}
