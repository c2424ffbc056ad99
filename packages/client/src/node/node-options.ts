import { clockToleranceSeconds } from '@newel/policy'
import { ClientError } from '../errors.ts'
import { KeyBindings } from './bound-key.ts'
import type { PersonLink } from './person-link.ts'
import { type NodeHost, processHost } from './node-host.ts'
import type { ParkedCallStore } from './parked-call-store.ts'
import type { TokenStore } from './token-store.ts'
import { apiOriginsFrom, secureAddress } from './web-address.ts'

/**
 * How the person reaches the provider: `loopback`, in a browser on this machine that comes back to it (RFC 8252);
 * `device`, in any browser, with a code to type (RFC 8628).
 */
export type Via = 'loopback' | 'device'

/** How the provider knows the program. Absent: it is a public client. */
export type ClientAuthentication =
  | { readonly secret: string }
  /** RFC 7523. `keyId`: the `kid` under which the provider knows it. */
  | { readonly privateKey: CryptoKey; readonly keyId?: string }

/** What both kinds of client are told. */
export interface CommonOptions {
  /** The provider, exactly as its discovery document names itself. `https`, or `http` on a loopback address. */
  readonly issuer: string
  readonly clientId: string
  readonly authentication?: ClientAuthentication
  /**
   * `dpop`: tokens are bound to a key that is kept beside them, and every request proves it (RFC 9449). A token that is
   * stolen alone opens nothing. Absent: bearer tokens.
   */
  readonly binding?: 'dpop'
  /** The API that access tokens are for. RFC 8707. Absent: the provider's default. */
  readonly resource?: string
  /** The only origins that get the token, and the only ones whose challenges are heard. */
  readonly apiOrigins: readonly string[]
  /** How far the provider's times may disagree among themselves, in seconds. Default: 5. */
  readonly clockToleranceSeconds?: number
  /** How long the provider may take for one answer, in seconds. Default: 30. */
  readonly requestTimeLimitSeconds?: number
  /** Default: the process that this runs in. */
  readonly host?: NodeHost
}

export interface NodeClientOptions extends CommonOptions {
  /** Scopes separated by spaces; `openid` is always asked. Default: `openid`. */
  readonly scope?: string
  /** Where the tokens are kept: `createFileTokenStore`, `createMemoryTokenStore`, or a keychain of yours. */
  readonly tokens: TokenStore
  /** Default: `loopback`. */
  readonly via?: Via
  /** Open a browser at this address. Absent, or where it rejects: the link is shown instead. */
  readonly open?: (url: string) => unknown
  /** Show the person where to go. Default: to standard error. */
  readonly show?: (link: PersonLink) => unknown
  /**
   * Say that the person is asked by another process of the same login, for which this one waits; up to a quarter of an
   * hour with a token file. `asks`: what this one will ask where that does not serve it. Default: to standard error.
   */
  readonly onWaiting?: (wait: { readonly asks: string }) => unknown
  /**
   * The path of the loopback redirect URI, registered as `http://127.0.0.1/callback` (the port is free, RFC 8252 §7.3).
   * Default: `/callback`.
   */
  readonly redirectPath?: string
  /** How long the person may take, in seconds. Default: 600. */
  readonly timeLimitSeconds?: number
  /** Where `challengeLink` parks calls. Absent: it cannot. */
  readonly parking?: Parking
}

export interface Parking {
  readonly store: ParkedCallStore
  /** 32 bytes that encrypt what is parked (AES-256-GCM). Every process that resumes needs the same. */
  readonly key: Uint8Array
  /** Largest body that is parked, in bytes. Default: 1 MiB. */
  readonly bodyLimitBytes?: number
}

/** What both kinds of client go by. */
export interface CommonSettings {
  readonly issuer: URL
  readonly clientId: string
  readonly authentication?: ClientAuthentication
  readonly binding?: 'dpop'
  readonly keys: KeyBindings
  readonly resource?: string
  readonly apiOrigins: ReadonlySet<string>
  readonly clockToleranceSeconds: number
  readonly requestTimeLimitSeconds: number
  readonly host: NodeHost
}

/** The options, checked and completed. */
export interface NodeSettings extends CommonSettings {
  readonly scope: string
  readonly tokens: TokenStore
  readonly via: Via
  readonly open?: (url: string) => unknown
  readonly show: (link: PersonLink) => unknown
  readonly onWaiting: (wait: { readonly asks: string }) => unknown
  readonly redirectPath: string
  readonly timeLimitSeconds: number
  readonly parking?: Required<Parking>
}

/** @throws ClientError `configuration` */
export function commonSettings(options: CommonOptions): CommonSettings {
  const host = options.host ?? processHost()
  return {
    issuer: secureAddress('issuer', options.issuer),
    clientId: options.clientId,
    ...(options.authentication && { authentication: options.authentication }),
    ...(options.binding && { binding: options.binding }),
    keys: new KeyBindings(host),
    ...(options.resource === undefined ? {} : { resource: options.resource }),
    apiOrigins: apiOriginsFrom(options.apiOrigins),
    clockToleranceSeconds: options.clockToleranceSeconds ?? clockToleranceSeconds,
    requestTimeLimitSeconds: options.requestTimeLimitSeconds ?? 30,
    host,
  }
}

/** @throws ClientError `configuration` */
export function nodeSettings(options: NodeClientOptions): NodeSettings {
  const { redirectPath = '/callback', parking } = options
  if (!/^\/[\w./~-]*$/.test(redirectPath)) {
    throw new ClientError('configuration', `\`redirectPath\` is no path: \`${redirectPath}\``)
  }
  if (parking && parking.key.byteLength !== 32) {
    throw new ClientError('configuration', '`parking.key` must be 32 bytes')
  }
  const scopes = new Set(['openid', ...(options.scope ?? '').split(' ').filter(Boolean)])
  return {
    ...commonSettings(options),
    scope: [...scopes].join(' '),
    tokens: options.tokens,
    via: options.via ?? 'loopback',
    ...(options.open && { open: options.open }),
    show: options.show ?? showOnTerminal,
    onWaiting: options.onWaiting ?? waitOnTerminal,
    redirectPath,
    timeLimitSeconds: options.timeLimitSeconds ?? 600,
    ...(parking && { parking: { bodyLimitBytes: 1_048_576, ...parking } }),
  }
}

/** Not to standard output, which may be another program's input. */
function showOnTerminal({ url, userCode, asks }: PersonLink): void {
  const code = userCode === undefined ? '' : `\nand type the code ${userCode}`
  process.stderr.write(`${asks}\nOpen this address in a browser:\n  ${url}${code}\n`)
}

function waitOnTerminal({ asks }: { readonly asks: string }): void {
  process.stderr.write(
    `${asks}\nAnother process is asking you already: answer there, and this one goes on.\n`,
  )
}
