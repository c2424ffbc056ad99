import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'

/** Listens for logouts (OpenID Connect Back-Channel Logout §2.5). */
export interface RelyingParty {
  readonly address: string
  /** Whether it is told, within so many milliseconds, that the session with this `sid` is over. */
  isTold(sid: string, withinMilliseconds: number): Promise<boolean>
  close(): Promise<void>
}

export async function startRelyingParty(): Promise<RelyingParty> {
  const told = new Set<string>()
  const server = createServer((request, response) => {
    void (async () => {
      const token = new URLSearchParams(await text(request)).get('logout_token') ?? ''
      const claims = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()
      told.add((JSON.parse(claims) as { readonly sid: string }).sid)
      response.end()
    })()
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async isTold(sid, withinMilliseconds) {
      const latest = performance.now() + withinMilliseconds
      while (!told.has(sid) && performance.now() < latest)
        await new Promise((resolve) => setTimeout(resolve, 20))
      return told.has(sid)
    },
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
