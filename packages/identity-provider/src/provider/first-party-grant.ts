import type { ClientConfig } from '@newel/policy-document'
import type { KoaContextWithOIDC, Provider } from 'oidc-provider'
import { isOfPresent, markGeneration } from './grant-generation.ts'

/** A first-party client is granted what it asks for, as far as the document lets it ask; others go through consent. */
export async function firstPartyGrant(
  ctx: KoaContextWithOIDC,
  config: ClientConfig | undefined,
): Promise<InstanceType<Provider['Grant']> | undefined> {
  const { client, session, result, provider, account } = ctx.oidc
  if (client === undefined || session === undefined || account === undefined) return undefined
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const found = grantId === undefined ? undefined : await provider.Grant.find(grantId)
  const existing = found !== undefined && isOfPresent(found, account) ? found : undefined
  if (config?.consent !== 'none') return existing
  const grant =
    existing ?? new provider.Grant({ accountId: account.accountId, clientId: client.clientId })
  markGeneration(grant, account)
  const before = JSON.stringify([grant.openid, grant.resources])
  grant.addOIDCScope([...ctx.oidc.requestParamOIDCScopes].join(' '))
  grant.addOIDCClaims([...ctx.oidc.requestParamClaims])
  for (const [indicator, server] of Object.entries(ctx.oidc.resourceServers ?? {})) {
    const offered = [...ctx.oidc.requestParamScopes].filter((scope) => server.scopes.has(scope))
    grant.addResourceScope(indicator, offered.join(' '))
  }
  if (existing === undefined || before !== JSON.stringify([grant.openid, grant.resources]))
    await grant.save()
  return grant
}
