import { createServer } from 'node:http'
import { Provider, interactionPolicy } from 'oidc-provider'
import { freePort } from '@newel/testing/house'
import { upstreamSecret } from './scripted-upstream.ts'

/**
 * The protocol library as it comes, with one person who is always signed in: it knows no levels and gives no `acr`.
 * `deaf`: it does not hear `prompt=login` and `max_age`, and tells the time of the sign-in that it has.
 */
export async function startPlainUpstream(
  callback: string,
  deaf = false,
): Promise<{ readonly issuer: string; close(): Promise<void> }> {
  const port = await freePort()
  const issuer = `http://localhost:${port}`
  const policy = interactionPolicy.base()
  if (deaf)
    for (const asked of ['login_prompt', 'max_age']) policy.get('login')?.checks.remove(asked)
  const provider = new Provider(issuer, {
    clients: [{ client_id: 'newel', client_secret: upstreamSecret, redirect_uris: [callback] }],
    features: { devInteractions: { enabled: false } },
    cookies: { keys: ['a key of the upstream'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'] },
    interactions: { policy, url: (_ctx, { uid }) => `/interaction/${uid}` },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({ sub, email: `${sub}@plain.example`, email_verified: true }),
    }),
    loadExistingGrant: async (ctx) => {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client?.clientId ?? '',
        accountId: ctx.oidc.session?.accountId ?? '',
      })
      grant.addOIDCScope('openid email')
      await grant.save()
      return grant
    },
  })
  const callbackOf = provider.callback()
  const server = createServer((request, response) => {
    if (request.url?.startsWith('/interaction/') === true) {
      void provider.interactionFinished(request, response, { login: { accountId: 'ada' } })
    } else void callbackOf(request, response)
  })
  await new Promise<void>((resolve) => {
    server.listen(port, 'localhost', resolve)
  })
  return {
    issuer,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => {
        server.close(resolve)
      })
    },
  }
}
