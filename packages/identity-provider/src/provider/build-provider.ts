import type { EpochSeconds } from '@newel/policy'
import { type KoaContextWithOIDC, Provider } from 'oidc-provider'
import { IdentityProviderError } from '../identity-provider-error.ts'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { type ProviderConfigurationOptions, providerConfiguration } from './configuration.ts'
import { slowDown } from './slow-down.ts'
import { spoken } from './spoken.ts'
import type { RetryQueue } from '../operations/retry-queue.ts'
import { deviceFlow } from './device-flow.ts'
import { exactPath } from './exact-path.ts'
import { allowCredentials } from './allow-credentials.ts'
import { answerUnavailable } from './answer-unavailable.ts'
import { isOfPresent, keepGenerations } from './grant-generation.ts'
import { forgetOnLogout } from './forget-on-logout.ts'
import { acceptInitialAccessToken, observeRegistrations } from './client-registration.ts'
import { introspectJwt } from './introspect-jwt.ts'
import { describeFailure } from '../operations/describe-failure.ts'
import { referenceOf } from '../operations/request-facts.ts'
import { noteRoute } from './note-route.ts'
import { queueLogoutNotices } from './logout-notices.ts'
import { sayUnavailable } from './say-unavailable.ts'
import { throttleClients } from './throttle-clients.ts'
import { introspectOpaque } from './introspect-opaque.ts'
import { introspectionRule } from './may-introspect.ts'
import { keepPostedRequests } from './posted-request.ts'
import { showPostedAnswer } from './posted-answer.ts'
import { tellResponseModes } from './response-mode.ts'
import { isSentAgain, sendAgain } from './send-again.ts'
import { changeSessionIds, keepNewerCookie } from './session-rotation.ts'
import { tokenAuthentication } from './token-authentication.ts'
import { refuseReplays } from './refuse-replays.ts'

/** The protocol library, configured from the document. Made anew when the signing keys change: its state is in the store. */
export function buildProvider(
  options: ProviderConfigurationOptions & {
    readonly logger: ProviderLogger | undefined
    readonly logoutQueue: RetryQueue
    /** What whoever registers has to know. Read where the document has `registration`, and there alone. */
    readonly registrationToken: string | undefined
  },
): Provider {
  const { document, logger, store, clock, frame } = options
  const devices = deviceFlow({
    document,
    store,
    clock,
    frameOf: (ctx) => spoken(ctx, frame),
  })
  const offersDevices = document.clients.some((client) => client.deviceFlow)
  const provider = new Provider(
    document.issuer,
    providerConfiguration({ ...options, ...(offersDevices && { deviceFlow: devices.feature }) }),
  )
  if (document.registration) {
    acceptInitialAccessToken(provider, registrationTokenOf(options.registrationToken))
  }
  changeSessionIds(provider, store.artifacts, options.clock)
  refuseReplays(provider, store.artifacts, clock)
  forgetOnLogout(provider, store)
  keepGenerations(provider)
  queueLogoutNotices(provider, { store, clock, queue: options.logoutQueue, logger })
  // The shell states the issuer's own scheme and host in these headers, whatever the outside sent.
  provider.proxy = true
  provider.use(noteRoute())
  provider.use(answerUnavailable(frame, logger))
  provider.use(exactPath())
  provider.use(sendAgain(document.issuer))
  provider.use(keepNewerCookie(provider))
  const accountStands = async (
    id: string,
    issuedAt: EpochSeconds,
    grant?: object,
  ): Promise<boolean> => {
    const account = await store.accounts.byId(id)
    return (
      account?.disabled === false &&
      issuedAt >= (account.validFrom ?? 0) &&
      (grant === undefined || isOfPresent(grant, account))
    )
  }
  provider.use(
    allowCredentials(new Set(document.clients.flatMap((client) => client.allowedOrigins))),
  )
  if (offersDevices) {
    provider.use(devices.guard)
    provider.use(slowDown(store.artifacts, clock))
  }
  provider.use(
    throttleClients({
      store: options.store.attempts,
      lockout: document.lockout,
      clock: options.clock,
    }),
  )
  provider.use(
    introspectJwt({
      issuer: document.issuer,
      path: '/introspect',
      clock: options.clock,
      publicKeys: { keys: options.signingKeys.map(({ d: _private, ...key }) => key) },
      mayIntrospect: introspectionRule(document.clients),
      accountStands,
    }),
  )
  provider.use(
    introspectOpaque({
      path: '/introspect',
      tokens: tokenAuthentication({ ...document, store, clock }),
      accountStands,
    }),
  )
  provider.use(tellResponseModes())
  provider.use(showPostedAnswer(document, frame))
  provider.use(
    keepPostedRequests({
      ...options,
      provider,
      issuer: document.issuer,
      artifacts: store.artifacts,
    }),
  )
  provider.on('server_error', (ctx, error) => {
    sayUnavailable(ctx, error)
    const requestId = referenceOf(ctx.req)
    logger?.error(
      { requestId, route: ctx.oidc?.route, ...describeFailure(error) },
      'the provider failed',
    )
  })
  const refused = (ctx: KoaContextWithOIDC, error: Error): void => {
    if (isStillWaiting(error) || isSentAgain(ctx)) return
    const requestId = referenceOf(ctx.req)
    const facts = { requestId, code: error.message, clientId: ctx.oidc?.client?.clientId }
    logger?.info(facts, 'a request was refused')
  }
  provider.on('authorization.error', refused)
  provider.on('device_authorization.error', refused)
  provider.on('registration_create.error', refused)
  provider.on('registration_update.error', refused)
  observeRegistrations(provider, options)
  provider.on('grant.error', refused)
  provider.on('grant.success', ({ oidc }) => {
    const { client, account, params } = oidc
    options.observe({
      type: 'tokens_issued',
      at: options.clock(),
      grantType: String(params?.['grant_type']),
      ...(client && { clientId: client.clientId }),
      ...(account && { accountId: account.accountId }),
    })
  })
  provider.on('grant.error', (ctx, error) => {
    if (isStillWaiting(error)) return
    const clientId = ctx.oidc?.client?.clientId
    options.observe({
      type: 'tokens_refused',
      at: options.clock(),
      error: error.error,
      ...(clientId !== undefined && { clientId }),
    })
  })
  return provider
}

/** RFC 8628 §3.5: what a device is told every few seconds is no refusal. */
function isStillWaiting({ message }: Error): boolean {
  return message === 'authorization_pending'
}

/** Shorter ones can be guessed. In characters. */
const shortestToken = 16

/** @throws IdentityProviderError */
function registrationTokenOf(token: string | undefined): string {
  if (token !== undefined && token.length >= shortestToken) return token
  throw new IdentityProviderError(
    'registration_token_missing',
    token === undefined || token === ''
      ? 'the document lets clients register, and there is no initial access token; set what it refers to'
      : `the initial access token has fewer than ${shortestToken} characters`,
  )
}
