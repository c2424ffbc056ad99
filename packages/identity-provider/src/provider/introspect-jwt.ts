import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'
import type { EpochSeconds } from '@newel/policy'
import type { KoaContextWithOIDC } from 'oidc-provider'

interface KoaNext {
  (): Promise<unknown>
}

/**
 * The library refuses to introspect JWT access tokens, after it has authenticated the caller. The answer of RFC 7662 is
 * then made here from the verified token, so that it states the same `acr` and `auth_time` (RFC 9470 §6).
 */
export function introspectJwt(options: {
  readonly issuer: string
  readonly path: string
  readonly publicKeys: JSONWebKeySet
  readonly clock: () => EpochSeconds
  /** Whether a client may learn about tokens for this audience. */
  readonly mayIntrospect: (clientId: string, audience: string, issuedTo: string) => boolean
}): (ctx: KoaContextWithOIDC, next: KoaNext) => Promise<void> {
  const keys = createLocalJWKSet(options.publicKeys)
  return async (ctx, next) => {
    await next()
    const body: unknown = ctx.body
    if (ctx.path !== options.path || !isUnsupported(body)) return
    const { client, params } = ctx.oidc
    if (client === undefined || typeof params?.token !== 'string') return
    ctx.status = 200
    ctx.body = { active: false }
    try {
      const { payload } = await jwtVerify(params.token, keys, {
        issuer: options.issuer,
        typ: 'at+jwt',
        algorithms: ['ES256'],
        currentDate: new Date(options.clock() * 1000),
      })
      const audience = typeof payload.aud === 'string' ? payload.aud : undefined
      const issuedTo = typeof payload.client_id === 'string' ? payload.client_id : ''
      if (audience === undefined || !options.mayIntrospect(client.clientId, audience, issuedTo))
        return
      ctx.body = {
        active: true,
        token_type: payload.cnf === undefined ? 'Bearer' : 'DPoP',
        ...payload,
      }
    } catch {
      // Not ours, or no longer valid: `active: false` says all that RFC 7662 §2.2 allows.
    }
  }
}

function isUnsupported(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    'error' in body &&
    body.error === 'unsupported_token_type'
  )
}
