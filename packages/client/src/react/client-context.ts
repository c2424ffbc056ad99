import { createContext, useContext } from 'react'
import type { BrowserClient } from '../browser/browser-client.ts'
import { ClientError } from '../errors.ts'
import type { ClientState } from './client-state.ts'

export const ClientContext = createContext<ClientState | undefined>(undefined)

export function useClientState(): ClientState {
  const state = useContext(ClientContext)
  if (state) return state
  throw new ClientError(
    'configuration',
    'a component outside of `<ClientProvider>` asks for the client',
  )
}

/**
 * The client of the nearest `ClientProvider`. While the server renders it is one that knows nobody and rejects every
 * call: use it in handlers and effects.
 *
 * @throws ClientError `configuration` outside of a provider
 */
export function useClient(): BrowserClient {
  return useClientState().client
}
