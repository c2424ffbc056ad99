import type { Requirement } from '@newel/policy'
import { defined } from '../defined.ts'
import { scopeValues } from '../scope-values.ts'
import type { Purpose } from './client-event.ts'
import type { ClientSettings } from './options.ts'
import { sha256 } from '../base64url.ts'
import type { Provider } from './provider.ts'
import { returnAddress } from './return-address.ts'
import { endpoint } from './server-metadata.ts'
import type { Delivery, StepUpFailure, Transaction } from './transaction.ts'

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
  /** Where the person is to come back to. Default: the page at hand. */
  readonly returnTo?: string | undefined
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
  // The first letter tells the callback page whom to hand the answer to.
  const state = `${delivery[0]}.${host.randomToken()}`
  const nonce = host.randomToken()
  const verifier = host.randomToken()
  const transaction: Transaction = {
    ...kept,
    state,
    nonce,
    verifier,
    beganAt: host.now(),
    returnTo: returnAddress(settings, kept.returnTo),
  }
  const server = await provider.discover()
  const shown: Record<string, string> = defined({
    response_type: 'code',
    client_id: clientId,
    redirect_uri: redirectUri.href,
    // Scopes granted before are asked again, so that a step-up never takes one away.
    scope: scopeValues(`${settings.scope} ${scope ?? ''}`).join(' '),
    resource,
    acr_values: requirement?.acrValues.join(' ') || undefined,
    max_age: requirement?.maxAgeSeconds?.toString(),
    prompt,
    // Binds the answer to the person (OIDC Core §5.5.1) without an ID token in the address.
    claims:
      subject === undefined || server.claims_parameter_supported === false
        ? undefined
        : JSON.stringify({ id_token: { sub: { value: subject } } }),
    code_challenge_method: 'S256',
  })
  const parameters = {
    ...shown,
    state,
    nonce,
    code_challenge: await sha256(verifier),
    ...(binding && { dpop_jkt: await binding.thumbprint() }),
  }
  const { origin, pathname, href } = endpoint(server, 'authorization_endpoint', parameters)
  emit({ type: 'authorization_request', purpose, url: origin + pathname, parameters: shown })
  return { url: href, transaction }
}
