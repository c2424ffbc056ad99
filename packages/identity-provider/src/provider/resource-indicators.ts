import type { PolicyDocument } from '@newel/policy-document'
import type { KoaContextWithOIDC } from 'oidc-provider'
import { errors } from 'oidc-provider'
import { type KnownClient, clientConfigOf } from './client-config.ts'

/** For which API an access token is (RFC 8707), and what it is like. */
export function resourceIndicators(document: PolicyDocument) {
  return {
    enabled: true,
    // The first that was asked for, else the first that the client may ask for.
    defaultResource: (_ctx: KoaContextWithOIDC, client: KnownClient, oneOf?: string[]) =>
      oneOf?.[0] ?? clientConfigOf(document, client)?.resources[0],
    useGrantedResource: () => true,
    getResourceServerInfo: (ctx: KoaContextWithOIDC, indicator: string) => {
      const resource = document.resources.find(({ id }) => id === indicator)
      const asking = clientConfigOf(document, ctx.oidc.client)
      if (resource === undefined || asking?.resources.includes(indicator) !== true) {
        throw new errors.InvalidTarget()
      }
      const scopes = [...resource.scopes.keys()].filter((scope) => asking.scopes.includes(scope))
      return {
        scope: scopes.join(' '),
        audience: resource.id,
        accessTokenTTL: resource.accessTokenLifetimeSeconds,
        ...(resource.accessTokenFormat === 'opaque'
          ? { accessTokenFormat: 'opaque' as const }
          : { accessTokenFormat: 'jwt' as const, jwt: { sign: { alg: 'ES256' as const } } }),
      }
    },
  }
}
