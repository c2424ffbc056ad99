import type { EpochSeconds } from '@newel/policy'
import type { ObserveProvider } from '../provider-event.ts'
import type { Account, Credential, FactorRecovery, Store } from '../store/index.ts'

/** How a recovery stands, with what is to be removed. */
export interface StandingRecovery {
  readonly recovery: FactorRecovery
  readonly lost: readonly Credential[]
  readonly ready: boolean
}

/**
 * The recovery of an account. One that came to nothing is ended here: what was called lost was used since, or is gone
 * already.
 */
export async function standingRecovery(
  store: Pick<Store, 'recoveries' | 'credentials'>,
  accountId: string,
  now: EpochSeconds,
  stopped: (recovery: FactorRecovery) => void,
): Promise<StandingRecovery | undefined> {
  const recovery = await store.recoveries.read(accountId, now)
  if (recovery === undefined) return undefined
  const credentials = await store.credentials.forAccount(accountId)
  const lost = credentials.filter(({ id }) => recovery.credentialIds.includes(id))
  const used = lost.some(({ lastUsedAt = 0 }) => lastUsedAt > recovery.requestedAt)
  if (lost.length > 0 && !used) return { recovery, lost, ready: now >= recovery.readyAt }
  if (await store.recoveries.take(accountId, recovery.id)) stopped(recovery)
  return undefined
}

/** Removes what was lost; of many callers one does. */
export async function finishRecovery(
  store: Pick<Store, 'recoveries' | 'credentials'>,
  { recovery, lost }: StandingRecovery,
): Promise<readonly Credential[] | undefined> {
  if (!(await store.recoveries.take(recovery.accountId, recovery.id))) return undefined
  const removed: Credential[] = []
  for (const credential of lost) {
    if (await store.credentials.remove(credential.id)) removed.push(credential)
  }
  return removed
}

/** Tells the owners of recoveries whose cool-down is over. On many nodes at once each is told by one. */
export async function announceRecoveries(options: {
  readonly store: Pick<Store, 'recoveries' | 'credentials' | 'accounts'>
  readonly now: EpochSeconds
  readonly observe: ObserveProvider
  readonly tell: (kind: 'recovery_ready' | 'recovery_stopped', account: Account) => void
}): Promise<void> {
  const { store, now, observe, tell } = options
  for (const { accountId, id } of await store.recoveries.due(now, announcedAtOnce)) {
    const account = await store.accounts.byId(accountId)
    if (account === undefined) continue
    const standing = await standingRecovery(store, accountId, now, () => {
      observe({ at: now, accountId, type: 'recovery_stopped' })
      tell('recovery_stopped', account)
    })
    if (standing === undefined || !(await store.recoveries.announce(accountId, id))) continue
    observe({ at: now, accountId, type: 'recovery_ready' })
    tell('recovery_ready', account)
  }
}

/** What is left is left for the next time. */
const announcedAtOnce = 100
