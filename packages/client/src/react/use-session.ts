import { useSyncExternalStore } from 'react'
import type { CallbackResult } from '../browser/callback.ts'
import { useClientState } from './client-context.ts'
import type { SessionState } from './client-state.ts'

const starting: SessionState = { status: 'starting' }

/** Who is logged in. The component is drawn anew when that, or the level of it, changes. */
export function useSession(): SessionState {
  const { subscribe, session } = useClientState()
  return useSyncExternalStore(subscribe, session, () => starting)
}

/**
 * What the load of this page found in its address: a login or step-up by redirect that came to its end. `undefined`:
 * nothing. It stays the same until the next load.
 */
export function useCallbackResult(): CallbackResult | undefined {
  const { subscribe, callback } = useClientState()
  return useSyncExternalStore(subscribe, callback, () => undefined)
}
