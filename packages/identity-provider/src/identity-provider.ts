import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import fastifyFormbody from '@fastify/formbody'
import type { EpochSeconds } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import fastify from 'fastify'
import type { FastifyInstance } from 'fastify'
import type { JSONWebKeySet } from 'jose'
import type { Provider } from 'oidc-provider'
import { withAccountClient } from './account/account-client.ts'
import { registerAccountApi } from './account/account-api.ts'
import { registerAccountRoutes } from './account/account-routes.ts'
import { securityLog } from './account/security-log.ts'
import { createAuthenticators } from './authenticators/index.ts'
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
import { maintainStore } from './maintain-store.ts'
import { type Readiness, readinessOf } from './operations/readiness.ts'
import { buildProvider } from './provider/build-provider.ts'
import { idTokenSeconds } from './provider/configuration.ts'
import { cookieKeys } from './provider/cookie-keys.ts'
import { mountProvider } from './provider/mount-provider.ts'
import type { ObserveProvider } from './provider-event.ts'
import {
  type RandomBytes,
  type SigningKey,
  type SigningKeys,
  createSigningKeys,
  randomId,
} from './secrets/index.ts'
import { readRecord } from './session/session-record.ts'
import { waitingConnections } from './waiting-connections.ts'

export interface IdentityProvider {
  readonly issuer: string
  /** The HTTP application, for a server of one's own or for `inject`. */
  readonly app: FastifyInstance
  /** @throws IdentityProviderError `address_in_use`. */
  listen(at: { readonly port: number; readonly host?: string }): Promise<void>
  /**
   * Serves another document from the next request on; those under way end under the one that they began with. Sessions
   * that are open obey the new one. What is refused changes nothing.
   *
   * @throws IdentityProviderError `issuer_changed`, and what {@link createIdentityProvider} refuses.
   */
  reload(changes: DocumentChanges): Promise<void>
  /** Takes up signing keys that were rotated since. Requests under way keep the keys that they began with. */
  reloadKeys(): Promise<void>
  /** Removes what has expired from the store, and takes up rotated keys. To be called from time to time, on any node. */
  maintain(): Promise<void>
  /** Whether requests may be sent to this node. Never throws: what fails is not ready. */
  readiness(): Promise<Readiness>
  /** Says by {@link IdentityProvider.readiness} that it is about to stop; it still takes requests. */
  drain(): void
  /** Stops taking requests and lets those under way finish. The store stays open: whoever opened it closes it. */
  close(): Promise<void>
}

/** What may change while the provider runs. It takes the place of what was given before: what is absent is gone. */
export type DocumentChanges = Pick<IdentityProviderOptions, 'document'> &
  Partial<Pick<IdentityProviderOptions, 'clientSecrets' | 'logo' | 'mailer'>>

/** How long the store may take to answer before the node counts as not ready, in milliseconds. */
const readyWithin = 2000

/** Largest form that a page or the protocol accepts, in bytes. */
const bodyLimit = 64 * 1024

export async function createIdentityProvider(
  options: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const { store, sealer, logger } = options
  const clock = options.clock ?? ((): number => Math.floor(Date.now() / 1000))
  const random = options.random ?? ((size: number): Uint8Array => randomBytes(size))
  const security = securityLog(store, options.observe ?? ((): void => {}), logger)
  const lasting: LastingParts = {
    clock,
    random,
    observe: security.observe,
    signing: createSigningKeys({ store: store.keys, sealer }),
    cookieKeys: await cookieKeys(store, sealer, random, clock()),
  }
  const connections = waitingConnections()
  const first = await openApplication(options, lasting, (handler) =>
    connections.server((request, response) => {
      // The server is that of the first application, whatever document is served by now.
      if (current === first) handler(request, response)
      else current.app.routing(request, response)
    }),
  )
  let current = first
  let reloading: Promise<unknown> = Promise.resolve()
  // Of every document that was served: tokens of an earlier one may still live.
  let longestToken = longestTokenSeconds(first.document)
  let stopping = false
  first.app.addHook('preClose', async () => {
    connections.destroy()
  })
  await first.app.ready()
  const { issuer } = options.document
  const takeUp = async (changes: DocumentChanges): Promise<void> => {
    const { clientSecrets: _secrets, logo: _logo, mailer: _mailer, ...lastingOptions } = options
    const next = await openApplication({ ...lastingOptions, ...changes }, lasting)
    await next.app.ready()
    longestToken = Math.max(longestToken, longestTokenSeconds(next.document))
    current = next
  }

  return {
    issuer,
    app: first.app,
    async listen({ port, host: address = 'localhost' }) {
      try {
        await first.app.listen({ port, host: address })
      } catch (cause) {
        if (!(cause instanceof Error) || !('code' in cause) || cause.code !== 'EADDRINUSE')
          throw cause
        throw new IdentityProviderError(
          'address_in_use',
          `port ${port} is taken by another program`,
          { cause },
        )
      }
    },
    async reload(changes) {
      if (changes.document.issuer !== issuer) {
        throw new IdentityProviderError(
          'issuer_changed',
          `the issuer is \`${issuer}\` as long as the provider runs: tokens and passkeys are bound to it`,
        )
      }
      // One after the other: the one that was asked for last is the one that is served.
      const taken = reloading.then(async () => takeUp(changes))
      reloading = Promise.allSettled([taken])
      await taken
    },
    reloadKeys: async () => current.reloadKeys(),
    async maintain() {
      const { document } = current
      await maintainStore(store, clock(), document.session.lifetimeSeconds)
      await lasting.signing.removeRetired(clock(), longestToken)
      await current.reloadKeys()
    },
    readiness: async () => readinessOf(store, { stopping, timeoutMilliseconds: readyWithin }),
    drain() {
      stopping = true
    },
    async close() {
      stopping = true
      await first.app.close()
      await security.settle()
    },
  }
}

/** What outlives a document. */
interface LastingParts {
  readonly clock: () => EpochSeconds
  readonly random: RandomBytes
  readonly observe: ObserveProvider
  readonly signing: SigningKeys
  readonly cookieKeys: readonly string[]
}

/** Everything that is made from one document. */
interface Application {
  readonly document: PolicyDocument
  readonly app: FastifyInstance
  reloadKeys(): Promise<void>
}

async function openApplication(
  options: IdentityProviderOptions,
  { clock, random, observe, signing, cookieKeys: cookies }: LastingParts,
  serverFactory?: (handler: RequestListener) => Server,
): Promise<Application> {
  const { store, sealer, logger } = options
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
  const authenticators = createAuthenticators({
    store,
    sealer,
    rpId: hostname,
    origins: [origin],
    rpName: frame.providerName,
    random,
  })
  const reference = (): string => randomId(random).slice(0, 8)

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
      observe,
      logger,
      frame,
      cookieKeys: cookies,
      clientSecrets: options.clientSecrets ?? new Map(),
      signingKeys: keys.map(({ privateJwk }) => privateJwk),
      reference,
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
  showFailures(app, { frame, reference, logger })
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
      clock,
      random,
      observe,
      ...(options.mailer && { mailer: options.mailer }),
      basePath,
      ...(brand && { brand: brand.page }),
      readRecord: async (sessionUid) => readRecord(store.sessions, sessionUid),
    }
    registerInteractionRoutes(pages, desk)
    registerAccountRoutes(pages, desk)
    registerAccountApi(pages, desk, () => current.publicKeys)
  })
  await app.register(async (protocol) => {
    mountProvider(protocol, provider, document.issuer)
  })
  return { document, app, reloadKeys }
}

interface LoadedKeys {
  readonly keys: readonly SigningKey[]
  readonly kids: string
}

/** No token that a key signed lives longer after the key was retired. */
function longestTokenSeconds(document: PolicyDocument): number {
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
