import { randomBytes } from 'node:crypto'
import type { RequestListener, Server } from 'node:http'
import { securityLog } from './account/security-log.ts'
import { type LastingParts, longestTokenSeconds, openApplication } from './application.ts'
import { createHashQueue, tracedHashQueue } from './authenticators/index.ts'
import { IdentityProviderError } from './identity-provider-error.ts'
import type { IdentityProviderOptions } from './identity-provider-options.ts'
import { createOutbox } from './mail/index.ts'
import { maintainStore } from './maintain-store.ts'
import { accessLog } from './operations/access-log.ts'
import { isTracing, spannedStoreCall } from './operations/tracing.ts'
import { watchRequests } from './operations/watch-requests.ts'
import { timedStoreCall, watchStore } from './operations/watch-store.ts'
import { createOverloadGuard } from './operations/overload-guard.ts'
import { type Readiness, createReadiness } from './operations/readiness.ts'
import { createLogoutQueue } from './provider/logout-notices.ts'
import { cookieKeys } from './provider/cookie-keys.ts'
import { createSigningKeys } from './secrets/index.ts'
import { answerWithin, waitingConnections } from './waiting-connections.ts'

export interface IdentityProvider {
  readonly issuer: string
  /** Answers one request, under the document that is served now; for a server of one's own. */
  readonly handler: RequestListener
  /** Tells the port, for where `0` asked for any. @throws IdentityProviderError `address_in_use`. */
  listen(at: { readonly port: number; readonly host?: string }): Promise<{ readonly port: number }>
  /**
   * Serves another document from the next request on; those under way end under the one that they began with. Sessions
   * that are open obey the new one. What is refused changes nothing.
   *
   * @throws IdentityProviderError `issuer_changed`, and what {@link createIdentityProvider} refuses.
   */
  reload(changes: DocumentChanges): Promise<void>
  /** Takes up signing keys that were rotated since. Requests under way keep the keys that they began with. */
  reloadKeys(): Promise<void>
  /**
   * Ends every session and every refresh token of an account, and tells the clients that want to know: for an account that
   * was disabled or is about to be removed. Tells how many sessions there were. None: 0.
   */
  endSessions(accountId: string): Promise<number>
  /** Removes what has expired from the store, ends sessions of accounts that were disabled or removed, tells relying parties of logouts that a node took with it, and takes up rotated keys. To be called from time to time, on any node. */
  maintain(): Promise<void>
  /** Whether requests may be sent to this node. Never throws: what fails is not ready. */
  readiness(): Promise<Readiness>
  /** Says by {@link IdentityProvider.readiness} that it is about to stop; it still takes requests. */
  drain(): void
  /**
   * Stops taking requests and lets those under way finish, for `withinSeconds` (default 30) at most. The store stays open:
   * whoever opened it closes it.
   */
  close(options?: { readonly withinSeconds?: number }): Promise<void>
}

/** What may change while the provider runs. It takes the place of what was given before: what is absent is gone. */
export type DocumentChanges = Pick<IdentityProviderOptions, 'document'> &
  Partial<
    Pick<
      IdentityProviderOptions,
      'clientSecrets' | 'upstreamSecrets' | 'registrationToken' | 'logo' | 'mailer'
    >
  >

/** How long the store may take to answer before the node counts as not ready, in milliseconds. */
const readyWithin = 2000

/** How long requests under way may take when the provider ends, in seconds. */
const endWithinSeconds = 30

export async function createIdentityProvider(
  given: IdentityProviderOptions,
): Promise<IdentityProvider> {
  const { sealer, logger, metrics } = given
  const tracing = isTracing()
  const timed = metrics ? watchStore(given.store, timedStoreCall(metrics.storeCall)) : given.store
  const store = tracing ? watchStore(timed, spannedStoreCall) : timed
  const options: IdentityProviderOptions = { ...given, store }
  const clock = options.clock ?? ((): number => Math.floor(Date.now() / 1000))
  const random = options.random ?? ((size: number): Uint8Array => randomBytes(size))
  const security = securityLog(
    store,
    (event) => {
      metrics?.event(event)
      options.observe?.(event)
    },
    logger,
  )
  const hashQueue = createHashQueue({ ...(metrics && { waited: metrics.hashWaited }) })
  const guard = createOverloadGuard(options.overload)
  metrics?.watch({ hashesWaiting: hashQueue.length, requestsInFlight: guard.inFlight })
  const logged = accessLog(logger)
  const lasting: LastingParts = {
    clock,
    random,
    observe: security.observe,
    signing: createSigningKeys({ store: store.keys, sealer }),
    cookieKeys: await cookieKeys(store, random, clock()),
    hashQueue: tracedHashQueue(hashQueue),
    outbox: createOutbox({ logger }),
    logoutQueue: createLogoutQueue(),
  }
  const connections = waitingConnections(options.connections)
  const handler = watchRequests(
    (request, response) => {
      current.app.routing(request, response)
    },
    {
      random,
      guard,
      tracing,
      answerMilliseconds: options.connections?.answerMilliseconds ?? answerWithin,
      ended(request) {
        logged(request)
        metrics?.request(request)
      },
    },
  )
  // The server is that of the first application, whatever document is served by now.
  const server = connections.server(handler)
  const first = await openApplication(options, lasting, () => server)
  metrics?.serve(first.document)
  let current = first
  let reloading: Promise<unknown> = Promise.resolve()
  // Of every document that was served: tokens of an earlier one may still live.
  let longestToken = longestTokenSeconds(first.document)
  let stopping = false
  const { issuer } = options.document
  const takeUp = async (changes: DocumentChanges): Promise<void> => {
    const {
      clientSecrets: _secrets,
      upstreamSecrets: _upstreamSecrets,
      logo: _logo,
      mailer: _mailer,
      registrationToken: _token,
      ...lastingOptions
    } = options
    const next = await openApplication({ ...lastingOptions, ...changes }, lasting)
    longestToken = Math.max(longestToken, longestTokenSeconds(next.document))
    current = next
    metrics?.serve(next.document)
  }

  return {
    issuer,
    handler,
    async listen({ port, host: address = 'localhost' }) {
      try {
        await first.app.listen({ port, host: address })
        return { port: portOf(server) ?? port }
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
    endSessions: async (accountId) => current.endSessions(accountId),
    async maintain() {
      const { document } = current
      await maintainStore(store, clock(), document.session.lifetimeSeconds)
      await current.announceRecoveries()
      await current.endOrphanedSessions()
      await current.tellDueLogouts()
      await lasting.signing.removeRetired(clock(), longestToken)
      await current.reloadKeys()
    },
    readiness: createReadiness(store, {
      isStopping: () => stopping,
      isOverloaded: guard.isShedding,
      timeoutMilliseconds: readyWithin,
    }),
    drain() {
      stopping = true
    },
    async close({ withinSeconds = endWithinSeconds } = {}) {
      stopping = true
      const endsBy = performance.now() + withinSeconds * 1000
      connections.destroy()
      const patience = setTimeout(() => {
        server.closeAllConnections()
      }, withinSeconds * 1000)
      await Promise.all([...new Set([first, current])].map(async ({ app }) => app.close()))
      clearTimeout(patience)
      guard.stop()
      await security.settle()
      // What is left of the time, for letters and logout tokens that are still on their way.
      const rest = Math.max(0, endsBy - performance.now())
      await Promise.all([lasting.outbox.close(rest), lasting.logoutQueue.close(rest)])
    },
  }
}

function portOf(server: Server): number | undefined {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : undefined
}
