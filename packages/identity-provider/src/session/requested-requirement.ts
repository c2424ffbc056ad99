import type { Levels, Requirement } from '@newel/policy'
import { requirementFromParameters } from '@newel/protocol'

/** The part of an authorization request that speaks of assurance. */
export interface AssuranceRequest {
  readonly acrValues?: string | undefined
  readonly maxAge?: string | undefined
  /** `claims.id_token.acr` as sent (OIDC Core §5.5). */
  readonly acrClaim?: unknown
}

/** The part of a client's configuration that speaks of assurance. */
export interface ClientAssurance {
  readonly minimum?: string
  readonly default?: string
  readonly acrValues: 'strict' | 'voluntary'
}

export type RequestedRequirement =
  | { readonly ok: true; readonly requirement: Requirement; readonly strict: boolean }
  | {
      readonly ok: false
      readonly error: 'invalid_request' | 'unmet_authentication_requirements'
      readonly description: string
    }

/**
 * What a request asks of this client's user: its essential `acr`, else its `acr_values`, else the client's default, all
 * raised to the client's minimum. An empty list of levels means that any held one will do.
 */
export function requestedRequirement(
  levels: Levels,
  request: AssuranceRequest,
  client: ClientAssurance,
): RequestedRequirement {
  const parameters = requirementFromParameters({
    acr_values: request.acrValues,
    max_age: request.maxAge,
  })
  if (!parameters.ok)
    return { ok: false, error: 'invalid_request', description: parameters.message }
  const claim = acrClaimOf(request.acrClaim)
  if (!claim.ok) return { ok: false, error: 'invalid_request', description: claim.description }

  const { maxAgeSeconds } = parameters.requirement
  const essential = claim.essential ? claim.values : []
  const asked =
    essential.length > 0 ? essential : firstOf(parameters.requirement.acrValues, claim.values)
  const known = asked.filter((acr) => levels.has(acr))
  const strict = essential.length > 0 || client.acrValues === 'strict'
  if (asked.length > 0 && known.length === 0 && strict) {
    return unmet('none of the requested authentication levels is known')
  }
  const { minimum } = client
  const allowed = (acr: string): boolean => minimum === undefined || levels.satisfies(acr, minimum)
  if (essential.length > 0 && !known.some(allowed)) {
    return unmet('the requested authentication level is below the minimum of this client')
  }
  const wanted = firstOf(known, client.default === undefined ? [] : [client.default])
  // An essential value under the minimum is not raised: nobody asked for what would come back.
  const raised =
    essential.length > 0
      ? wanted.filter(allowed)
      : wanted.map((acr) => (allowed(acr) || minimum === undefined ? acr : minimum))
  const acrValues = raised.length > 0 || minimum === undefined ? [...new Set(raised)] : [minimum]
  return {
    ok: true,
    strict,
    requirement: { acrValues, ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }) },
  }
}

type AcrClaim =
  | { readonly ok: true; readonly essential: boolean; readonly values: readonly string[] }
  | { readonly ok: false; readonly description: string }

/** OIDC Core §5.5.1: `null`, or an object with `essential`, `value` or `values`. */
function acrClaimOf(claim: unknown): AcrClaim {
  if (claim === undefined || claim === null) return { ok: true, essential: false, values: [] }
  if (typeof claim !== 'object')
    return { ok: false, description: 'the acr claim request is no object' }
  const { essential, value, values } = claim as Readonly<Record<string, unknown>>
  const listed = values ?? (value === undefined ? [] : [value])
  if (!Array.isArray(listed) || !listed.every((acr) => typeof acr === 'string')) {
    return { ok: false, description: 'the acr claim request names no list of strings' }
  }
  return { ok: true, essential: essential === true, values: listed }
}

function firstOf(list: readonly string[], otherwise: readonly string[]): readonly string[] {
  return list.length > 0 ? list : otherwise
}

function unmet(description: string): RequestedRequirement {
  return { ok: false, error: 'unmet_authentication_requirements', description }
}
