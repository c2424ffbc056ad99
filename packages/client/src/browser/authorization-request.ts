import type { EpochSeconds, Requirement } from '@newel/policy'
import { parametersOf } from '@newel/protocol'
import { defined } from '../defined.ts'
import { scopeValues } from '../scope-values.ts'
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
  readonly requirement?: Requirement | undefined
  /** Who must answer. */
  readonly subject?: string | undefined
  readonly prompt?: string | undefined
  /** Scopes besides those of the client, separated by spaces. */
  readonly scope?: string | undefined
  readonly beganAt: EpochSeconds
  readonly returnTo: string
  readonly failure?: StepUpFailure
}

/** Where to send the person, and what the answer must match. */
export interface AuthorizationRequest {
  readonly url: string
  readonly transaction: Transaction
}

/** Make the request: code flow with PKCE S256, `state` and `nonce`, to the endpoint that discovery names. */
export async function prepareAuthorization(
  settings: ClientSettings,
  provider: Provider,
  wish: AuthorizationWish,
): Promise<AuthorizationRequest> {
  const { host, clientId, redirectUri, resource, binding, emit } = settings
  const { delivery, prompt, scope, ...kept } = wish
  const { purpose, requirement, subject } = kept
  const server = await provider.discover()
  const transaction: Transaction = {
    ...defined(kept),
    state: stateFor(delivery, host.randomToken()),
    nonce: host.randomToken(),
    verifier: host.randomToken(),
  }
  const shown: Record<string, string> = defined({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri.href,
    // Scopes granted before are asked again, so that a step-up never takes one away.
    scope: [...new Set(scopeValues(`${settings.scope} ${scope ?? ''}`))].join(' '),
    resource,
    ...(requirement && parametersOf(requirement)),
    prompt,
    // Binds the answer to the person (OIDC Core §5.5.1) without an ID token in the address.
    claims:
      subject === undefined || server.claims_parameter_supported === false
        ? undefined
        : JSON.stringify({ id_token: { sub: { value: subject } } }),
    code_challenge_method: 'S256',
  })
  const { state, nonce, verifier } = transaction
  const parameters = {
    ...shown,
    state,
    nonce,
    code_challenge: await sha256(verifier),
    ...(binding && { dpop_jkt: await binding.thumbprint() }),
  }
  // The page is sent there.
  const url = endpoint(server, 'authorization_endpoint')
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  emit({
    type: 'authorization_request',
    purpose,
    url: url.origin + url.pathname,
    parameters: shown,
  })
  return { url: url.href, transaction }
}
