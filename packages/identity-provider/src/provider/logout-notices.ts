import type Provider from 'oidc-provider'
import type { ProviderLogger } from '../identity-provider-options.ts'
import { type FailedAttempt, type RetryQueue, createRetryQueue } from '../operations/retry-queue.ts'

/** How long a relying party may take to answer, in milliseconds. */
const answerWithin = 5000

/** Logout tokens that wait for their relying parties. */
export function createLogoutQueue(): RetryQueue {
  return createRetryQueue({
    capacity: 10_000,
    atOnce: 16,
    atOncePerLane: 4,
    // A minute or so: a relying party that is restarted gets it, one that is gone does not fill the queue.
    retryAfterSeconds: [1, 5, 15, 45],
  })
}

/** What the library's client and ID token have and its types do not tell. */
interface LogoutClient {
  readonly clientId: string
  readonly backchannelLogoutUri?: string
  readonly backchannelLogoutSessionRequired?: boolean
}

/**
 * Whoever ends a session through the library (its logout, and `endSession`) tells the clients by this method. The library
 * would have the person wait for every one of them; here the token is queued (OpenID Connect Back-Channel Logout §2.5).
 */
export function queueLogoutNotices(
  provider: Provider,
  queue: RetryQueue,
  logger: Pick<ProviderLogger, 'warn'> | undefined,
): void {
  const prototype = provider.Client.prototype as unknown as {
    backchannelLogout(this: LogoutClient, sub: string, sid: string | undefined): Promise<void>
  }
  prototype.backchannelLogout = async function queueNotice(sub, sid) {
    const { clientId, backchannelLogoutUri: uri } = this
    if (uri === undefined) return
    queue.add({
      lane: clientId,
      attempt: async () => deliver(uri, await logoutToken(provider, this, sub, sid)),
      givenUp(code, tries) {
        logger?.warn({ code, tries, clientId }, 'a relying party was not told of a logout')
      },
    })
  }
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
