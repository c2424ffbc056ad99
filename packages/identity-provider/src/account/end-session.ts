import type { Provider } from 'oidc-provider'
import type { Store } from '../store/index.ts'

/**
 * Ends a session of the provider from outside its own browser, as its logout would: the library's session, the tokens and
 * consent grants that do not outlive it, and its authentication record. Ending one that is over is harmless.
 */
export async function endSession(
  { provider, store }: { readonly provider: Provider; readonly store: Store },
  uid: string,
): Promise<void> {
  const session = await provider.Session.findByUid(uid)
  // The record first: without it no refreshed token states a level, whatever fails after.
  await store.sessions.remove(uid)
  if (session === undefined) return
  await session.destroy()
  for (const authorization of Object.values(session.authorizations ?? {})) {
    const { grantId, persistsLogout } = authorization
    if (grantId === undefined || persistsLogout === true) continue
    await store.artifacts.revokeByGrantId(grantId)
    await store.artifacts.destroy('Grant', grantId)
  }
}
