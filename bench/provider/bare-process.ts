/** The protocol library alone, in memory: what a code flow costs before anything of ours. */
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair } from 'jose'
import { Provider } from 'oidc-provider'
import type { Configuration } from 'oidc-provider'
import { freePort } from '@newel/testing/house'
import { serveMeasurements } from '../measured-process.ts'
import { redirectUri, resource } from './policy.ts'

const port = await freePort()
const issuer = `http://localhost:${port}`
const { privateKey } = await generateKeyPair('ES256', { extractable: true })
const configuration: Configuration = {
  clients: [
    {
      client_id: 'web',
      token_endpoint_auth_method: 'none',
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
    },
  ],
  clientDefaults: { id_token_signed_response_alg: 'ES256' },
  jwks: { keys: [{ ...(await exportJWK(privateKey)), kid: 'k', alg: 'ES256', use: 'sig' }] },
  cookies: { keys: ['bench-bench-bench-bench'] },
  routes: { authorization: '/authorize', token: '/token' },
  pkce: { required: () => true },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
  findAccount: async (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
  issueRefreshToken: async () => true,
  async loadExistingGrant({ oidc }) {
    const grant = new oidc.provider.Grant({
      accountId: oidc.account?.accountId ?? '',
      clientId: oidc.client?.clientId ?? '',
    })
    grant.addOIDCScope('openid')
    grant.addResourceScope(resource, 'accounts')
    await grant.save()
    return grant
  },
  features: {
    devInteractions: { enabled: false },
    resourceIndicators: {
      enabled: true,
      getResourceServerInfo: () => ({
        scope: 'accounts',
        accessTokenFormat: 'jwt',
        jwt: { sign: { alg: 'ES256' } },
      }),
      useGrantedResource: () => true,
    },
  },
}
const provider = new Provider(issuer, configuration)
const answer = provider.callback()
const server = createServer((request, response) => {
  if (request.url?.startsWith('/interaction/') === true) {
    const person = `person${Math.random()}`
    void provider.interactionFinished(request, response, { login: { accountId: person } })
  } else void answer(request, response)
})
await new Promise<void>((resolve) => {
  server.listen(port, 'localhost', resolve)
})
serveMeasurements({ issuer }, async () => {
  server.close()
  server.closeAllConnections()
})
