import { createLocalJWKSet, jwtVerify } from 'jose'
import type { JSONWebKeySet } from 'jose'
import type { EpochSeconds } from '@newel/policy'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { AskedToken } from './may-introspect.ts'

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
  readonly mayIntrospect: (clientId: string, token: AskedToken) => boolean
  /** Whether the account is there, and what it was given at that time was not ended since. */
  readonly accountStands: (accountId: string, issuedAt: EpochSeconds) => Promise<boolean>
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
      const issuedTo = typeof payload.client_id === 'string' ? payload.client_id : undefined
      if (!options.mayIntrospect(client.clientId, { audience, issuedTo })) return
      // RFC 9068 §2.2: the subject of a token that a client got for itself is the client.
      const { sub, iat = 0 } = payload
      if (sub === undefined) return
      if (sub !== issuedTo && !(await options.accountStands(sub, iat))) return
      ctx.body = { active: true, token_type: tokenTypeOf(payload['cnf']), ...payload }
    } catch {
      // Not ours, or no longer valid: `active: false` says all that RFC 7662 §2.2 allows.
    }
  }
}

/** RFC 9449 §6.1 binds by `jkt`. A token bound to a certificate is a bearer token by type (RFC 8705 §3). */
function tokenTypeOf(confirmation: unknown): 'Bearer' | 'DPoP' {
  return typeof confirmation === 'object' && confirmation !== null && 'jkt' in confirmation
    ? 'DPoP'
    : 'Bearer'
}

function isUnsupported(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    'error' in body &&
    body.error === 'unsupported_token_type'
  )
}
