import type { ClientConfig, PolicyDocument } from '@newel/policy-document'
import { type KoaContextWithOIDC, errors } from 'oidc-provider'
import {
  type RequestedRequirement,
  requestedRequirement,
} from '../session/requested-requirement.ts'
import { clientConfigOf } from './client-config.ts'
import { requestedMaxAge } from './max-age-zero.ts'

/** What this authorization request asks for. Throws the error that goes to the redirect URI, before any page is shown. */
export function assuranceOf(
  ctx: KoaContextWithOIDC,
  document: PolicyDocument,
): Extract<RequestedRequirement, { ok: true }> {
  const params = ctx.oidc.params ?? {}
  const requested = requestedRequirement(
    document.levels,
    {
      acrValues: typeof params.acr_values === 'string' ? params.acr_values : undefined,
      maxAge: requestedMaxAge(ctx),
      acrClaim: acrClaim(params.claims),
    },
    clientOf(ctx, document),
  )
  if (requested.ok) return requested
  if (requested.error === 'invalid_request') throw new errors.InvalidRequest(requested.description)
  throw new errors.UnmetAuthenticationRequirements(requested.description)
}

export function clientOf(ctx: KoaContextWithOIDC, document: PolicyDocument): ClientConfig {
  const client = clientConfigOf(document, ctx.oidc.client)
  if (client === undefined)
    throw new errors.InvalidClient('the policy document knows no such client')
  return client
}

/** The library has checked by now that the parameter is JSON and that `id_token` is an object. */
function acrClaim(claims: unknown): unknown {
  if (typeof claims !== 'string') return undefined
  const parsed: unknown = JSON.parse(claims)
  return memberOf(memberOf(parsed, 'id_token'), 'acr')
}

function memberOf(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined
  return Object.entries(value).find(([key]) => key === name)?.[1]
}
