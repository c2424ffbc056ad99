import type { EpochSeconds, Requirement } from '@newel/policy'
import { authorizationParameters } from '@newel/protocol'
import type { Purpose } from './client-event.ts'
import type { ClientSettings } from './options.ts'
import { sha256 } from '../base64url.ts'
import type { Provider } from './provider.ts'
import { endpoint } from './server-metadata.ts'
import { type Delivery, stateFor, type StepUpFailure, type Transaction } from './transaction.ts'

/** What the provider is asked, beyond what every request carries. */
export interface AuthorizationWish {
  readonly purpose: Purpose
  readonly delivery: Delivery
  readonly requirement?: Requirement
  /** Who must answer. */
  readonly subject?: string
  readonly prompt?: string
  /** Scopes besides those of the client, separated by spaces. */
  readonly scope?: string
  readonly beganAt: EpochSeconds
  readonly returnTo: string
  readonly failure?: StepUpFailure
}

/** Where to send the person, and what the answer must match. */
export interface AuthorizationRequest {
  readonly url: string
  readonly transaction: Transaction
}

const hiddenParameters = new Set(['state', 'nonce', 'code_challenge', 'dpop_jkt'])

/** Make the request: code flow with PKCE S256, `state` and `nonce`, to the endpoint that discovery names. */
export async function prepareAuthorization(
  settings: ClientSettings,
  provider: Provider,
  wish: AuthorizationWish,
): Promise<AuthorizationRequest> {
  const { host } = settings
  const { delivery, prompt, scope, ...kept } = wish
  const { server } = await provider.discover()
  const transaction: Transaction = {
    ...kept,
    state: stateFor(delivery, host.randomToken()),
    nonce: host.randomToken(),
    verifier: host.randomToken(),
  }
  const parameters: Record<string, string> = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri.href,
    scope: mergedScopes(settings.scope, scope),
    ...(settings.resource === undefined ? {} : { resource: settings.resource }),
    ...(wish.requirement ? authorizationParameters(wish.requirement) : {}),
    ...(prompt === undefined ? {} : { prompt }),
    ...(wish.subject === undefined || server.claims_parameter_supported === false
      ? {}
      : { claims: subjectClaim(wish.subject) }),
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await sha256(transaction.verifier),
    code_challenge_method: 'S256',
    ...(settings.binding ? { dpop_jkt: await settings.binding.thumbprint() } : {}),
  }
  // The page is sent there.
  const url = endpoint(server, 'authorization_endpoint')
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  settings.emit({
    type: 'authorization_request',
    purpose: wish.purpose,
    url: url.origin + url.pathname,
    parameters: Object.fromEntries(
      Object.entries(parameters).filter(([name]) => !hiddenParameters.has(name)),
    ),
  })
  return { url: url.href, transaction }
}

/** Bind the answer to the person (OIDC Core §5.5.1) without an ID token in the address. */
function subjectClaim(subject: string): string {
  return JSON.stringify({ id_token: { sub: { value: subject } } })
}

/** Scopes granted before are asked again, so that a step-up never takes one away. */
function mergedScopes(own: string, added = ''): string {
  return [...new Set(`${own} ${added}`.split(' ').filter(Boolean))].join(' ')
}
