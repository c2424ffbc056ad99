import {
  createElement,
  type ReactElement,
  type ReactNode,
  useEffect,
  useSyncExternalStore,
} from 'react'
import type { BrowserClient } from '../browser/browser-client.ts'
import { absentClient } from './absent-client.ts'
import { ClientContext } from './client-context.ts'
import { clientState, type RestoreMode } from './client-state.ts'

export interface ClientProviderProps {
  /** Made once, outside of any component. `undefined` on the server, where there is no window to make one for. */
  readonly client: BrowserClient | undefined
  /** What to do on a load without an answer of the provider. Default: `frame`. */
  readonly restore?: RestoreMode
  /** Shown instead of the children until it is known who is logged in. Absent: the children, with status `starting`. */
  readonly fallback?: ReactNode
  readonly children?: ReactNode
}

/**
 * Gives the components below it the client, takes up the provider's answer on every load, and gets the session back.
 * A popup or frame that the client opened shows nothing, and closes by itself.
 */
export function ClientProvider({
  client = absentClient,
  restore = 'frame',
  fallback,
  children,
}: ClientProviderProps): ReactElement {
  const state = clientState(client)
  useEffect(() => {
    if (client !== absentClient) state.start(restore)
    // A client starts once; what `restore` becomes later changes nothing.
    // oxlint-disable-next-line react-hooks/exhaustive-deps
  }, [client, state])
  const session = useSyncExternalStore(state.subscribe, state.session, state.session)
  const callback = useSyncExternalStore(state.subscribe, state.callback, nothing)
  return createElement(
    ClientContext.Provider,
    { value: state },
    callback?.outcome === 'relayed' || callback?.outcome === 'redirecting'
      ? null
      : session.status === 'starting' && fallback !== undefined
        ? fallback
        : children,
  )
}

function nothing(): undefined {
  return undefined
}
