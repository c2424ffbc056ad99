import { createHash } from 'node:crypto'
import type { EpochSeconds } from '@newel/policy'
import type Provider from 'oidc-provider'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { type FailedAttempt, type RetryQueue, createRetryQueue } from '../operations/retry-queue.ts'
import type { LogoutNotice, Store } from '../store/index.ts'

/** How long a relying party may take to answer, in milliseconds. */
const answerWithin = 5000

/** Pauses between the tries, in seconds: a minute or so, for a relying party that is restarted. */
const retryAfterSeconds = [1, 5, 15, 45]

/** How long the node that queued a notice has for all its tries, in seconds. Then another takes it for dead. */
const ownSeconds = 120

/** How long a relying party may be told of a logout, in seconds. */
const keptSeconds = 3600

/** Notices that are taken over at once. */
const takenOver = 200

/** Logout tokens that wait for their relying parties. */
export function createLogoutQueue(): RetryQueue {
  return createRetryQueue({ capacity: 10_000, atOnce: 16, atOncePerLane: 4, retryAfterSeconds })
}

/** What the library's client and ID token have and its types do not tell. */
interface LogoutClient {
  readonly clientId: string
  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: boolean
}

interface EndedSession {
  readonly accountId?: string
  readonly authorizations?: Readonly<Record<string, { readonly sid?: string }>>
}

export interface LogoutNotices {
  readonly store: Pick<Store, 'logoutNotices'>
  readonly clock: () => EpochSeconds
  readonly queue: RetryQueue
  readonly logger: Pick<ProviderLogger, 'warn'> | undefined
}

/**
 * Whoever ends a session through the library (its logout, and `endSession`) tells the clients by this method first. The
 * library would have the person wait for every one of them; here the token is queued (OpenID Connect Back-Channel Logout
 * §2.5), and kept in the store until it was delivered: a process that dies leaves either the session or the notice.
 */
export function queueLogoutNotices(provider: Provider, notices: LogoutNotices): void {
  const { store, clock } = notices
  const prototype = provider.Client.prototype as unknown as {
    backchannelLogout(this: LogoutClient, sub: string, sid: string | undefined): Promise<void>
  }
  const keep = async (notice: LogoutNotice): Promise<void> => {
    const now = clock()
    await store.logoutNotices.add(notice, now + ownSeconds, now + keptSeconds)
    unkept.delete(notice.id)
  }
  // The library goes on where a client could not be told. Here the session then stays: it is kept first, or nothing ends.
  const unkept = new Map<string, LogoutNotice>()
  const session = provider.Session.prototype as unknown as {
    destroy: (this: EndedSession) => Promise<void>
  }
  const { destroy } = session
  session.destroy = async function keepThenDestroy() {
    for (const [clientId, { sid }] of Object.entries(this.authorizations ?? {})) {
      const notice = unkept.get(idOf(clientId, this.accountId ?? '', sid))
      if (notice !== undefined) await keep(notice)
    }
    await destroy.call(this)
  }
  prototype.backchannelLogout = async function queueNotice(sub, sid) {
    if (this.backchannelLogoutUri === undefined) return
    const { clientId } = this
    const notice: LogoutNotice = {
      id: idOf(clientId, sub, sid),
      clientId,
      accountId: sub,
      ...(sid === undefined ? {} : { sid }),
    }
    try {
      await keep(notice)
    } catch (error) {
      unkept.set(notice.id, notice)
      throw error
    }
    queueFor(provider, notices, this, notice)
  }
}

/** Takes over what a node that died was to tell, on any node. */
export async function tellDueLogouts(provider: Provider, notices: LogoutNotices): Promise<void> {
  const { store, clock } = notices
  const now = clock()
  for (const notice of await store.logoutNotices.claim(now, now + ownSeconds, takenOver)) {
    const client = (await provider.Client.find(notice.clientId)) as LogoutClient | undefined
    if (client?.backchannelLogoutUri === undefined) await store.logoutNotices.remove(notice.id)
    else queueFor(provider, notices, client, notice)
  }
}

/** One session at one client is one notice, however often its end is begun. */
function idOf(clientId: string, sub: string, sid: string | undefined): string {
  return createHash('sha256')
    .update(JSON.stringify([clientId, sub, sid ?? null]))
    .digest('base64url')
}

function queueFor(
  provider: Provider,
  { store, queue, logger }: LogoutNotices,
  client: LogoutClient,
  notice: LogoutNotice,
): void {
  const { clientId, backchannelLogoutUri: uri = '' } = client
  // Where the store is away it is told once more: harmless.
  const forget = async (): Promise<void> => store.logoutNotices.remove(notice.id).catch(() => {})
  let over = false
  queue.add({
    lane: clientId,
    async attempt() {
      const token = await logoutToken(provider, client, notice.accountId, notice.sid)
      const failure = await deliver(uri, token)
      over = failure?.final === true
      if (failure === undefined) await forget()
      return failure
    },
    givenUp(code, tries) {
      logger?.warn({ code, tries, clientId }, 'a relying party was not told of a logout')
      // Else the process ends, or has too much to do: what is kept is told by whoever finds it due.
      if (over || tries > retryAfterSeconds.length) void forget()
    },
  })
}

/** §2.4. Made for each try: it is good for two minutes. */
async function logoutToken(
  provider: Provider,
  client: LogoutClient,
  sub: string,
  sid: string | undefined,
): Promise<string> {
  const IdToken = provider.IdToken as unknown as new (
    available: object,
    context: object,
  ) => {
    mask: object
    set(claim: string, value: unknown): void
    issue(how: { readonly use: 'logout' }): Promise<string>
  }
  const token = new IdToken({ sub }, { client, ctx: undefined })
  token.mask = { sub: null }
  token.set('events', { 'http://schemas.openid.net/event/backchannel-logout': {} })
  token.set('jti', crypto.randomUUID())
  if (sid !== undefined) token.set('sid', sid)
  return token.issue({ use: 'logout' })
}

/** §2.5, §2.8. Redirects are not followed, and of the answer nothing but the status is read. */
async function deliver(uri: string, token: string): Promise<FailedAttempt | undefined> {
  if (!isSafe(uri)) return { code: 'insecure_uri', final: true }
  try {
    const response = await fetch(uri, {
      method: 'POST',
      redirect: 'manual',
      body: new URLSearchParams({ logout_token: token }),
      signal: AbortSignal.timeout(answerWithin),
    })
    await response.body?.cancel()
    const { status } = response
    if (status === 200 || status === 204) return undefined
    // What it refuses once it refuses again; what it could not do just now it may later.
    const final = status < 500 && status !== 429 && status !== 408
    return { code: `status_${status}`, final }
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError'
    return { code: timedOut ? 'timeout' : 'unreachable' }
  }
}

function isSafe(uri: string): boolean {
  if (!URL.canParse(uri)) return false
  const { protocol, hostname } = new URL(uri)
  return (
    protocol === 'https:' ||
    (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  )
}
