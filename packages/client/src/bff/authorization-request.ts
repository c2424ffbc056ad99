import { authorizationParameters } from '@newel/protocol'
import { calculatePKCECodeChallenge } from 'oauth4webapi'
import { ClientError } from '../errors.ts'
import { toBase64url } from './base64url.ts'
import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'
import type { Provider } from './provider.ts'
import { redirect } from './redirect.ts'
import { createSessionKey, keyThumbprint } from './session-key.ts'
import { keepTransaction, type Transaction } from './transaction.ts'

/** What the provider is asked, beyond what every request carries. */
export type AuthorizationWish = Omit<
  Transaction,
  'state' | 'nonce' | 'verifier' | 'beganAt' | 'scope'
> & {
  /** Scopes besides those of the client, separated by spaces. */
  readonly addedScope?: string
  /** OIDC Core §3.1.2.1. */
  readonly prompt?: string
}

/** Lead the browser to the provider: code flow with PKCE S256, `state` and `nonce`, to the endpoint that discovery names. */
export async function beginAuthorization(
  settings: BffSettings,
  provider: Provider,
  exchange: Exchange,
  { addedScope = '', prompt, ...kept }: AuthorizationWish,
): Promise<Response> {
  const { host } = settings
  const { server } = await provider.discover()
  // A bound session stays so with its own key, whatever the option says by now.
  const key = kept.key ?? (settings.dpop ? await createSessionKey() : undefined)
  const random = () => toBase64url(host.randomBytes(32))
  const transaction: Transaction = {
    ...kept,
    ...(key === undefined ? {} : { key }),
    // What was granted before is asked again, so that a step-up never takes a scope away.
    scope: [...new Set(`${settings.scope} ${addedScope}`.split(' ').filter(Boolean))].join(' '),
    state: random(),
    nonce: random(),
    verifier: random(),
    beganAt: host.now(),
  }
  const parameters: Record<string, string> = {
    response_type: 'code',
    client_id: settings.clientId,
    redirect_uri: settings.redirectUri,
    scope: transaction.scope,
    ...(settings.resource === undefined ? {} : { resource: settings.resource }),
    ...(transaction.requirement ? authorizationParameters(transaction.requirement) : {}),
    ...(prompt === undefined ? {} : { prompt }),
    ...(transaction.subject === undefined || server.claims_parameter_supported === false
      ? {}
      : { claims: subjectClaim(transaction.subject) }),
    ...(key === undefined ? {} : { dpop_jkt: await keyThumbprint(key) }),
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await calculatePKCECodeChallenge(transaction.verifier),
    code_challenge_method: 'S256',
  }
  const url = authorizationEndpoint(server.authorization_endpoint, settings)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  await keepTransaction(settings, exchange, transaction)
  return redirect(url.href)
}

/** Bind the answer to the person (OIDC Core §5.5.1) without an ID token in the address. */
function subjectClaim(subject: string): string {
  return JSON.stringify({ id_token: { sub: { value: subject } } })
}

function authorizationEndpoint(endpoint: string | undefined, { issuer }: BffSettings): URL {
  const url = endpoint === undefined ? undefined : URL.parse(endpoint)
  // The browser is sent there: only the web's own schemes, and no weaker than the issuer's.
  if (url && (url.protocol === 'https:' || url.protocol === issuer.protocol)) return url
  throw new ClientError('response_invalid', 'the provider names no usable authorization endpoint')
}
