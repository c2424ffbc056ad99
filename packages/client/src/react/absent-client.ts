import type { BrowserClient } from '../browser/browser-client.ts'
import { ClientError } from '../errors.ts'

function onServer(): Promise<never> {
  return Promise.reject(
    new ClientError('configuration', 'there is no client where the page is rendered on the server'),
  )
}

/** Stands for the client while the server renders: nobody is logged in, and nothing can be called. */
export const absentClient: BrowserClient = {
  session: undefined,
  subscribe: () => () => {},
  handleRedirectCallback: onServer,
  resumed: onServer,
  restore: onServer,
  login: onServer,
  logout: onServer,
  fetch: onServer,
  stepUp: onServer,
  wouldNeed: () => true,
}
