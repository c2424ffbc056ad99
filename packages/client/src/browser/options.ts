import { clockToleranceSeconds as usualTolerance } from '@newel/policy'
import { defined } from '../defined.ts'
import { ClientError } from '../errors.ts'
import { scopeValues } from '../scope-values.ts'
import type { BrowserHost } from './browser-host.ts'
import type { CallParking, CallParkingFactory } from './call-parking.ts'
import type { ClientContext } from './client-context.ts'
import type { ClientEventListener } from './client-event.ts'
import type { KeyBinding, KeyBindingFactory } from './key-binding.ts'
import type { StepUpPrompt } from './step-up-prompt.ts'
import type { TabSharingFactory } from './tab-sharing.ts'
import { windowHost } from './window-host.ts'

/** How the person is taken to the provider. */
export type StepUpMode =
  /** In a popup; by redirect where the browser opens none. */
  | 'popup'
  /** In a popup or not at all: `popup_blocked`. For pages that must not be left. */
  | 'popup-only'
  /** By leaving the page. What is on it is lost, the pending call with it, unless `parking` keeps it. */
  | 'redirect'

export interface BrowserClientOptions {
  /** The provider, exactly as its discovery document names itself. `https`, or `http` on a loopback address. */
  readonly issuer: string
  readonly clientId: string
  /** The callback page, of this origin, as registered at the provider. It calls `handleRedirectCallback()`. */
  readonly redirectUri: string
  /** Scopes separated by spaces; `openid` is always asked. Default: `openid`. */
  readonly scope?: string
  /** The API that access tokens are for. RFC 8707. Absent: the provider's default. */
  readonly resource?: string
  /** The only origins that get the token, and the only ones whose challenges are heard. */
  readonly apiOrigins: readonly string[]
  /** Default: `popup`. */
  readonly mode?: StepUpMode
  /**
   * Take a closed popup for a cancel. Default: true. `false` where the provider's pages cut the opener off
   * (`Cross-Origin-Opener-Policy`), because every popup then looks closed; the time limit ends the wait instead.
   */
  readonly detectClose?: boolean
  /** How long the person may take at the provider, in seconds. Default: 600. */
  readonly timeLimitSeconds?: number
  /** How far the provider's times may disagree among themselves, in seconds. Default: 5. */
  readonly clockToleranceSeconds?: number
  /** Bind tokens to a key of this browser: `dpop()`. Absent: whoever has a token can use it (RFC 6750). */
  readonly binding?: KeyBindingFactory
  /** Keep calls that a redirect interrupts: `parkedCalls()`. Absent: they are lost with the page. */
  readonly parking?: CallParkingFactory
  /** Work as one with the app's other tabs: `sharedTabs()`. Absent: each tab asks and refreshes for itself. */
  readonly tabs?: TabSharingFactory
  /** Ask in the page before a popup that no click called for: `dialogPrompt()`. Absent: `mode` says what happens. */
  readonly prompt?: StepUpPrompt
  /** Default: the window that this runs in. */
  readonly host?: BrowserHost
  readonly onEvent?: ClientEventListener
}

/** The options, checked and completed. */
export interface ClientSettings extends ClientContext {
  readonly redirectUri: URL
  readonly scope: string
  readonly resource?: string
  readonly mode: StepUpMode
  readonly detectClose: boolean
  readonly timeLimitSeconds: number
  readonly clockToleranceSeconds: number
  readonly binding?: KeyBinding
  readonly parking?: CallParking
  readonly tabs?: TabSharingFactory
  readonly prompt?: StepUpPrompt
  readonly emit: ClientEventListener
}

/** @throws ClientError `configuration` */
export function settingsFrom(options: BrowserClientOptions): ClientSettings {
  const { host = windowHost(), onEvent } = options
  const issuer = URL.parse(options.issuer)
  if (!issuer || !isSecure.test(issuer.protocol + issuer.hostname)) {
    throw invalidOption('issuer', options.issuer, 'https')
  }
  const redirectUri = URL.parse(options.redirectUri)
  if (redirectUri?.origin !== new URL(host.href).origin) {
    throw invalidOption('redirectUri', options.redirectUri, 'of this origin')
  }
  const apiOrigins = new Set(options.apiOrigins)
  for (const origin of apiOrigins) {
    if (URL.parse(origin)?.origin !== origin) throw invalidOption('apiOrigins', origin, 'an origin')
  }
  const context = { issuer, clientId: options.clientId, apiOrigins, host }
  return {
    mode: 'popup',
    detectClose: true,
    timeLimitSeconds: 600,
    clockToleranceSeconds: usualTolerance,
    ...defined({
      ...options,
      ...context,
      binding: options.binding?.(context),
      parking: options.parking?.(context),
    }),
    redirectUri,
    scope: scopeValues(`openid ${options.scope ?? ''}`).join(' '),
    emit: (event) => {
      try {
        onEvent?.(event)
      } catch (error) {
        // A listener's mistake surfaces as its own, and stops no step-up.
        host.setTimeout(() => {
          throw error
        }, 0)
      }
    },
  }
}

/** Scheme and host of addresses on TLS, or on this machine, which plain http does not leave. */
const isSecure = /^https:|^http:(localhost|.+\.localhost|127\.[\d.]+|\[::1\])$/

/** A value that the app passed and that breaks a rule. */
export function invalidOption(option: string, value: string, rule: string): ClientError {
  return new ClientError('configuration', `\`${option}\` must be ${rule}, not \`${value}\``)
}
