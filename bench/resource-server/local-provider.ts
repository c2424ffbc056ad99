import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Discovery and keys on loopback, all that an API asks of a provider. */
export async function startLocalProvider(
  jwks: readonly unknown[],
): Promise<{ issuer: string; close: () => void }> {
  const server = createServer((request, response) => {
    const document = documents()[request.url ?? '']
    response.statusCode = document === undefined ? 404 : 200
    response.setHeader('content-type', 'application/json')
    response.end(JSON.stringify(document ?? {}))
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const documents = (): Readonly<Record<string, unknown>> => ({
    '/.well-known/openid-configuration': {
      issuer,
      jwks_uri: `${issuer}/jwks.json`,
      acr_values_supported: ['basic', 'mfa'],
      newel_levels: [
        { acr: 'basic', lifetime: 43_200, satisfies: [] },
        { acr: 'mfa', lifetime: 3600, satisfies: ['basic'] },
      ],
    },
    '/jwks.json': { keys: jwks },
  })
  return {
    issuer,
    close: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}
