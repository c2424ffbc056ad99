import type { Provider } from 'oidc-provider'
import type { Store } from '../store/index.ts'

export interface SessionEnding {
  readonly provider: Provider
  readonly store: Store
}

/**
 * Ends a session of the provider from outside its own browser, as its logout would: the library's session, the tokens and
 * consent grants that do not outlive it, and its authentication record; the clients that want to know are told, without
 * anybody waiting for them. Ending one that is over is harmless.
 */
export async function endSession({ provider, store }: SessionEnding, uid: string): Promise<void> {
  const session = await provider.Session.findByUid(uid)
  const authorizations = Object.entries(session?.authorizations ?? {})
  // Queued first: whoever finds the session afterwards, as after a crash, ends it anew; nobody would find what it was.
  await Promise.all(
    authorizations.map(async ([clientId, { sid }]) =>
      tellClient(provider, clientId, session?.accountId, sid),
    ),
  )
  for (const [, { grantId, persistsLogout }] of authorizations) {
    if (grantId === undefined || persistsLogout === true) continue
    await store.artifacts.revokeByGrantId(grantId)
    await store.artifacts.destroy('Grant', grantId)
  }
  // The record last but one: as long as it is there, the session is listed and can be ended anew. Without it a session proves
  // nothing, nor does a refresh token.
  await store.sessions.remove(uid)
  await session?.destroy()
}

/** Ends every session of an account but the one that is to be kept. Tells how many there were. */
export async function endSessionsOf(
  ending: SessionEnding,
  accountId: string,
  keptUid?: string,
): Promise<number> {
  const seen = new Set(keptUid === undefined ? [] : [keptUid])
  let ended = 0
  // A store lists only so many at once; what was ended is listed no more.
  for (;;) {
    const listed = await ending.store.sessions.forAccount(accountId)
    const open = listed.filter(({ uid }) => !seen.has(uid))
    if (open.length === 0) return ended
    for (const { uid } of open) {
      seen.add(uid)
      await endSession(ending, uid)
      ended += 1
    }
  }
}

/** Sessions that one call ends: few enough that nobody waits for it. */
const mostOrphans = 500

/**
 * Ends the sessions of accounts that were disabled or removed, wherever that was done: they are refused already, and their
 * clients are told by this.
 */
export async function endOrphanedSessions(ending: SessionEnding): Promise<void> {
  for (const uid of await ending.store.sessions.orphaned(mostOrphans)) await endSession(ending, uid)
}

/** Queued: see `queueLogoutNotices`. */
async function tellClient(
  provider: Provider,
  clientId: string,
  accountId: string | undefined,
  sid: string | undefined,
): Promise<void> {
  if (accountId === undefined) return
  const client = (await provider.Client.find(clientId)) as LogoutClient | undefined
  await client?.backchannelLogout(accountId, sid)
}

/** What the library's types do not tell. */
interface LogoutClient {
  backchannelLogout(sub: string, sid: string | undefined): Promise<void>
}
