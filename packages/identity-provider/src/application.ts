import type { Server } from 'node:http'
import fastifyFormbody from '@fastify/formbody'
import type { EpochSeconds, Method } from '@newel/policy'
import { type PolicyDocument, isFederated } from '@newel/policy-document'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { Provider } from 'oidc-provider'
import { withAccountClient } from './account/account-client.ts'
import { registerAccountApi } from './account/account-api.ts'
import { endEverything } from './account/end-everything.ts'
import { announceRecoveries } from './account/factor-recovery.ts'
import { endOrphanedSessions } from './account/end-session.ts'
import { registerAccountRoutes } from './account/account-routes.ts'
import {
  type Authenticators,
  type HashQueue,
  createAuthenticators,
  tracedAuthenticators,
} from './authenticators/index.ts'
import { upstreamNames } from './federation/upstream-names.ts'
import { registerUpstreamCallback } from './federation/upstream-callback.ts'
import { createUpstreams } from './federation/upstreams.ts'
import { showFailures } from './failure-page.ts'
import { IdentityProviderError } from './identity-provider-error.ts'
import type { IdentityProviderOptions } from './identity-provider-options.ts'
import { assetCacheControl, assets } from './interaction/assets/index.ts'
import { createBrand } from './interaction/brand.ts'
import type { PageFrame } from './interaction/pages/index.ts'
import {
  type InteractionDependencies,
  registerInteractionRoutes,
} from './interaction/interaction-routes.ts'
import { type Outbox, createMailedCodes } from './mail/index.ts'
import type { RetryQueue } from './operations/retry-queue.ts'
import { buildProvider } from './provider/build-provider.ts'
import { idTokenSeconds } from './provider/lifetimes.ts'
import { shedExcess } from './operations/shed-excess.ts'
import { noteRequests } from './operations/watch-requests.ts'
import { tellDueLogouts } from './provider/logout-notices.ts'
import { mountProvider } from './provider/mount-provider.ts'
import { accountLetter } from './mail/account-letters.ts'
import { createNotices } from './notices/notices.ts'
import type { ObserveProvider } from './provider-event.ts'
import type { RandomBytes, SigningKey, SigningKeys } from './secrets/index.ts'
import { readRecord } from './session/session-record.ts'

/**
 * Largest form that a page accepts, in bytes, as the protocol library has it. It has to be less than what a connection holds of
 * a body that nobody reads (64 KiB): see `whenWhole`.
 */
const bodyLimit = 56 * 1024

/** What outlives a document. */
export interface LastingParts {
  readonly clock: () => EpochSeconds
  readonly random: RandomBytes
  readonly observe: ObserveProvider
  readonly signing: SigningKeys
  readonly cookieKeys: readonly string[]
  /** One for the process: two would let twice as many hashes run at once. */
  readonly hashQueue: HashQueue
  readonly outbox: Outbox
  readonly logoutQueue: RetryQueue
}

/** Everything that is made from one document. */
export interface Application {
  readonly document: PolicyDocument
  /** With its routes and hooks; ready, and listening nowhere unless it was given a server. */
  readonly app: FastifyInstance
  reloadKeys(): Promise<void>
  /** Tells people whose cool-down is over. */
  announceRecoveries(): Promise<void>
  /** Of sessions that another node ended, and died before it told their clients. */
  tellDueLogouts(): Promise<void>
  /** Of an account, everywhere; tells how many there were. */
  endSessions(accountId: string): Promise<number>
  /** Of accounts that were disabled or removed. */
  endOrphanedSessions(): Promise<void>
}

/** @throws IdentityProviderError */
export async function openApplication(
  options: IdentityProviderOptions,
  {
    clock,
    random,
    observe,
    signing,
    cookieKeys: cookies,
    hashQueue,
    outbox,
    logoutQueue,
  }: LastingParts,
  serverFactory?: () => Server,
): Promise<Application> {
  const { store, sealer, logger, mailer } = options
  const document = withAccountClient(options.document)
  const { origin, hostname, host, pathname } = new URL(document.issuer)
  const basePath = pathname.replace(/\/$/, '')
  const brand = createBrand(document.branding, options.logo)
  const frame: PageFrame = {
    providerName: document.name ?? host,
    ...(basePath === '' ? {} : { basePath }),
    ...(document.language && { locale: document.language }),
    ...(brand && { brand: brand.page }),
  }
  const mailedCodes =
    mailer && createMailedCodes({ store, random, mailer, outbox, providerName: frame.providerName })
  const notices =
    mailer &&
    createNotices({
      store,
      mailer,
      outbox,
      providerName: frame.providerName,
      upstreamNames: upstreamNames(document),
      language: document.language,
    })
  const observeAll: ObserveProvider = (event) => {
    observe(event)
    notices?.observe(event)
  }
  const authenticators = tracedAuthenticators(
    createAuthenticators({
      store,
      sealer,
      rpId: hostname,
      origins: [origin],
      rpName: frame.providerName,
      random,
      hashQueue,
      mailedCodes,
    }),
  )
  checkLevels(document, authenticators)
  const upstreams = createUpstreams({
    upstreams: document.upstreams,
    secrets: options.upstreamSecrets ?? new Map(),
    issuer: document.issuer.replace(/\/$/, ''),
    clock,
    fetch: options.fetch ?? globalThis.fetch,
    logger,
  })

  const loadKeys = async (): Promise<LoadedKeys> => {
    const keys = await signing.load(clock())
    return { keys, kids: keys.map(({ kid, state }) => `${kid} ${state}`).join() }
  }
  const withKeys = async ({
    keys,
    kids,
  }: LoadedKeys): Promise<{ provider: Provider; kids: string; publicKeys: JSONWebKeySet }> => {
    const provider = buildProvider({
      document,
      store,
      authenticators,
      clock,
      observe: observeAll,
      logger,
      logoutQueue,
      registrationToken: options.registrationToken,
      random,
      frame,
      cookieKeys: cookies,
      clientSecrets: options.clientSecrets ?? new Map(),
      signingKeys: keys.map(({ privateJwk }) => privateJwk),
    })
    await checkClients(provider, document)
    const publicKeys = { keys: keys.map(({ privateJwk: { d: _private, ...key } }) => key) }
    return { provider, kids, publicKeys }
  }
  let current = await withKeys(await loadKeys())
  const provider = (): Provider => current.provider
  const reloadKeys = async (): Promise<void> => {
    const loaded = await loadKeys()
    if (loaded.kids !== current.kids) current = await withKeys(loaded)
  }

  const app = fastify({
    ...(serverFactory && { serverFactory }),
    bodyLimit,
    trustProxy: [...(options.trustedProxies ?? [])],
    routerOptions: { maxParamLength: 200 },
  })
  noteRequests(app, basePath)
  shedExcess(app, frame)
  showFailures(app, { frame, logger })
  for (const { path, contentType, body } of assets) {
    app.get(`${basePath}${path}`, async (_request, reply) =>
      reply
        .header('Cache-Control', assetCacheControl)
        .header('X-Content-Type-Options', 'nosniff')
        .type(contentType)
        .send(body),
    )
  }
  for (const { path, contentType, body, headers } of brand?.files ?? []) {
    app.get(`${basePath}${path}`, async (_request, reply) =>
      reply
        .headers({ ...headers, 'cache-control': assetCacheControl })
        .header('X-Content-Type-Options', 'nosniff')
        .type(contentType)
        .send(body),
    )
  }
  await app.register(async (pages) => {
    await pages.register(fastifyFormbody, { bodyLimit })
    const desk: InteractionDependencies = {
      provider,
      document,
      store,
      authenticators,
      upstreams,
      clock,
      random,
      observe: observeAll,
      ...(mailer && { mailer }),
      ...(mailedCodes && { mailedCodes }),
      ...(notices && { notices }),
      outbox,
      basePath,
      ...(brand && { brand: brand.page }),
      readRecord: async (sessionUid) => readRecord(store.sessions, sessionUid),
    }
    registerInteractionRoutes(pages, desk)
    registerUpstreamCallback(pages, desk)
    registerAccountRoutes(pages, desk)
    registerAccountApi(pages, desk, () => current.publicKeys)
  })
  await app.register(async (protocol) => {
    mountProvider(protocol, provider, document.issuer)
  })
  await app.ready()
  return {
    document,
    app,
    reloadKeys,
    announceRecoveries: async () =>
      announceRecoveries({
        store,
        now: clock(),
        observe: observeAll,
        tell(kind, { id }) {
          notices?.tell(id, (locale, { username }) =>
            accountLetter(kind, locale, { provider: frame.providerName, username }),
          )
        },
      }),
    tellDueLogouts: async () =>
      tellDueLogouts(provider(), { store, clock, queue: logoutQueue, logger }),
    endOrphanedSessions: async () => endOrphanedSessions({ provider: provider(), store }),
    endSessions: async (accountId) =>
      endEverything({ provider: provider(), store }, accountId, clock()),
  }
}

interface LoadedKeys {
  readonly keys: readonly SigningKey[]
  readonly kids: string
}

/** No token that a key signed lives longer after the key was retired. */
export function longestTokenSeconds(document: PolicyDocument): number {
  const lifetimes = document.resources.map((resource) => resource.accessTokenLifetimeSeconds)
  return Math.max(idTokenSeconds, ...lifetimes)
}

/** The library reads a client's metadata when it first meets it; a mistake there should stop the start, not a login. */
async function checkClients(provider: Provider, document: PolicyDocument): Promise<void> {
  for (const { id } of document.clients) {
    try {
      await provider.Client.find(id)
    } catch (cause) {
      const detail =
        cause instanceof Error && 'error_description' in cause
          ? String(cause.error_description)
          : ''
      throw new IdentityProviderError('provider_configuration', `client \`${id}\`: ${detail}`, {
        cause,
      })
    }
  }
}

/** A level that nobody can ever reach should stop the start, not a person. */
function checkLevels(document: PolicyDocument, authenticators: Authenticators): void {
  const isProvable = (method: Method): boolean =>
    authenticators.byMethod(method) !== undefined ||
    (isFederated(method) && document.upstreams.length > 0)
  for (const { acr, accepts } of document.levels.all) {
    const provable = accepts.some(({ methods }) => methods.every(isProvable))
    if (provable) continue
    const mail = accepts.some(({ methods }) => methods.includes('email-code'))
    throw new IdentityProviderError(
      'provider_configuration',
      `the level \`${acr}\` accepts only methods that this provider has no authenticator for${mail ? '; codes by mail need `mail`' : ''}`,
    )
  }
}
