import type { ProviderLogger } from '../identity-provider-options.ts'
import type { ObserveProvider, ProviderEvent } from '../provider-event.ts'
import type { SecurityEvent, Store } from '../store/index.ts'

/** What an account's owner may want to know of; the rest is for the operator. */
const kept: ReadonlySet<ProviderEvent['type']> = new Set([
  'signed_in',
  'proof_refused',
  'method_locked',
  'authenticator_enrolled',
  'authenticator_removed',
  'authenticator_renamed',
  'password_changed',
  'password_reset',
  'recovery_started',
  'recovery_ready',
  'recovery_stopped',
  'recovery_finished',
  'account_created',
  'session_ended',
  'elevation_dropped',
])

export interface SecurityLog {
  readonly observe: ObserveProvider
  /** Waits for what is being written. */
  settle(): Promise<void>
}

/** Writes what happened to an account where its owner can read it. The one place that does; `observe` is passed on. */
export function securityLog(
  store: Pick<Store, 'securityEvents'>,
  observe: ObserveProvider,
  logger: ProviderLogger | undefined,
): SecurityLog {
  const writing = new Set<Promise<void>>()

  async function write(event: SecurityEvent): Promise<void> {
    try {
      await store.securityEvents.append(event)
    } catch {
      logger?.error({ type: event.type }, 'a security event could not be kept')
    }
  }

  return {
    observe(event) {
      observe(event)
      const { accountId, at, type, clientId, address, device } = event
      if (accountId === undefined || !kept.has(type)) return
      const written = write({
        accountId,
        at,
        type,
        ...('method' in event ? { method: event.method } : {}),
        ...(clientId === undefined ? {} : { clientId }),
        ...(address === undefined ? {} : { address }),
        ...(device === undefined ? {} : { device }),
      })
      writing.add(written)
      void written.finally(() => writing.delete(written))
    },
    async settle() {
      await Promise.all(writing)
    },
  }
}
