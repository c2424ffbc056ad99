import type { BrowserHost } from './browser-host.ts'

/** What a part that an app adds to the client learns of it. */
export interface ClientContext {
  readonly issuer: URL
  readonly clientId: string
  readonly apiOrigins: ReadonlySet<string>
  readonly host: BrowserHost
}
