import type { JWK } from 'jose'
import type { JwsHeader } from './compact-jws.ts'

/** Most keys tried for a token that names none: each costs a signature check. */
const mostTried = 8

/** The keys that may have made a signature of this header: kind, name, and what each key says it is for (RFC 7517 §4). */
export function fittingKeys<Key extends { readonly jwk: JWK }>(
  keys: readonly Key[],
  { alg, kid }: JwsHeader,
): readonly Key[] {
  const fits = keys.filter(
    ({ jwk }) =>
      (kid === undefined || jwk.kid === kid) &&
      (jwk.alg === undefined || jwk.alg === alg || isSameEdwards(jwk.alg, alg)) &&
      (jwk.use === undefined || jwk.use === 'sig') &&
      (jwk.key_ops === undefined || jwk.key_ops.includes('verify')) &&
      isOfKind(jwk, alg),
  )
  return fits.slice(0, mostTried)
}

/** RFC 9864 §2.2: `Ed25519` is what `EdDSA` was for this curve. */
function isSameEdwards(one: string, other: string): boolean {
  return isEdwards(one) && isEdwards(other)
}

function isEdwards(alg: string): boolean {
  return alg === 'EdDSA' || alg === 'Ed25519'
}

const curves: Readonly<Record<string, string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES512: 'P-521',
}

function isOfKind({ kty, crv }: JWK, alg: string): boolean {
  if (isEdwards(alg)) return kty === 'OKP' && crv === 'Ed25519'
  const curve = curves[alg]
  if (curve !== undefined) return kty === 'EC' && crv === curve
  return kty === 'RSA' && /^[RP]S(?:256|384|512)$/.test(alg)
}
