import { oneShotClaim } from '@newel/protocol'
import type { KoaContextWithOIDC } from 'oidc-provider'

/**
 * An authorization code has no member of our own to say that its proof was made for its request alone. It does carry the
 * request's `claims`, so the mark travels there; one that a client put in by itself is taken out.
 */
export function markOneShot(ctx: KoaContextWithOIDC, oneShot: boolean): void {
  const claims = (ctx.oidc.claims ?? {}) as Claims
  const idToken: Record<string, ClaimRequest> = { ...claims.id_token }
  delete idToken[oneShotClaim]
  if (oneShot) idToken[oneShotClaim] = { value: true }
  if (claims.id_token === undefined && !oneShot) return
  Object.assign(ctx.oidc, { claims: { ...claims, id_token: idToken } })
}

/** Whether the code was issued for a proof that was made for its request alone. */
export function isMarkedOneShot(claims: unknown): boolean {
  const idToken = (claims as Claims | undefined)?.id_token
  const mark = idToken?.[oneShotClaim]
  return mark !== undefined && mark !== null && mark.value === true
}

type ClaimRequest = null | { readonly value?: unknown }

interface Claims {
  readonly id_token?: Readonly<Record<string, ClaimRequest>>
}
