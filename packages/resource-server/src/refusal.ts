import type { LevelOrder, Requirement, UnmetItem } from '@newel/policy'
import {
  formatBearerError,
  formatStepUpChallenge,
  insufficientUserAuthentication,
  stepUpChallengeFor,
} from '@newel/protocol'
import type { BearerErrorCode, TokenScheme } from '@newel/protocol'
import type { Unmet } from './hold-requirement.ts'
import type { CompiledRequirement } from './requirement.ts'
import { dpopAlgorithms } from './sender/dpop-proof.ts'
import type { SenderProblem } from './sender/sender-proof.ts'

/** Why a request was refused, for the operator's log and metrics. The caller sees less. */
export type RefusalReason =
  | 'token_required'
  | 'request_malformed'
  | 'token_malformed'
  | 'token_type_refused'
  | 'algorithm_refused'
  | 'key_unknown'
  | 'signature_invalid'
  | 'issuer_mismatch'
  | 'audience_mismatch'
  | 'token_expired'
  | 'token_not_yet_valid'
  | 'claim_invalid'
  /** The provider says that it is not, or no longer, one (RFC 7662). */
  | 'token_inactive'
  | SenderProblem
  | 'level_missing'
  | 'level_expired'
  | 'one_shot_used'
  | 'scope_missing'
  | 'person_required'
  | 'provider_unavailable'
  | 'used_tokens_unavailable'
  | 'used_proofs_unavailable'

/** A request that must not reach the handler, with the answer to give. */
export interface Refusal {
  readonly outcome: 'refused'
  readonly reason: RefusalReason
  readonly status: 400 | 401 | 403 | 503
  /** `Vary` and `Access-Control-Expose-Headers` are lists: add to what the application has set. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: {
    readonly error: string
    readonly error_description: string
    /** With `explainRefusals`: what was required, and what the token states. */
    readonly explanation?: readonly string[]
  }
  /** With 503: what failed. For the log, never for the caller. */
  readonly cause?: unknown
}

/** What every challenge of one resource server carries. */
interface ChallengeFrame {
  readonly realm?: string
  readonly resourceMetadata?: string
}

/** Makes the answers of one resource server. Those that depend on no request are made once. */
export class Refusals {
  readonly #frame: ChallengeFrame
  readonly tokenRequired: Refusal
  readonly severalAuthorizations: Refusal
  readonly malformedAuthorization: Refusal
  readonly #invalid = new Map<string, Refusal>()

  constructor(realm: string | undefined, resourceMetadata: string | undefined) {
    this.#frame = {
      ...(realm !== undefined && { realm }),
      ...(resourceMetadata !== undefined && { resourceMetadata }),
    }
    // RFC 6750 §3.1: without a token in the request, no error code in the challenge.
    this.tokenRequired = refuse(
      'token_required',
      401,
      'token_required',
      'this resource needs an access token',
      {
        'WWW-Authenticate': formatBearerError({ scheme: 'Bearer', ...this.#frame }),
      },
    )
    this.severalAuthorizations = this.#badRequest(
      'the request has more than one Authorization header',
    )
    this.malformedAuthorization = this.#badRequest('the Authorization header is malformed')
  }

  invalidToken(reason: RefusalReason, scheme: TokenScheme = 'Bearer'): Refusal {
    const made = this.#invalid.get(scheme + reason)
    if (made) return made
    const description = invalidTokenDescriptions[reason] ?? 'the access token is not valid'
    const error = dpopErrors[reason] ?? 'invalid_token'
    const refusal = refuse(reason, 401, error, description, {
      'WWW-Authenticate': formatBearerError({
        scheme,
        error,
        description,
        ...this.#frame,
        ...(scheme === 'DPoP' && { algorithms: dpopAlgorithms }),
      }),
    })
    this.#invalid.set(scheme + reason, refusal)
    return refusal
  }

  /** RFC 9470 §3. `scope` is added where scopes lack too, so that one journey fetches both. */
  stepUp(
    compiled: CompiledRequirement,
    { unmet, asked, scopes }: Omit<Unmet, 'met' | 'needsPerson'>,
    facts: {
      scheme: TokenScheme
      /** The levels with their lifetimes, where the provider does not let them decay by itself. */
      order: LevelOrder | undefined
      /** Whether a one-shot token was presented again. */
      used: boolean
    },
  ): Refusal {
    const { scheme, order, used } = facts
    const requirement = order ? withLifetimes(asked, unmet, order) : asked
    let key = `${scheme},${scopes.join(' ')},${requirement.acrValues.join(' ')},${requirement.maxAgeSeconds ?? ''},${used}`
    for (const { acr, reason, limitSeconds } of unmet) {
      key += `,${acr} ${reason} ${limitSeconds ?? ''}`
    }
    const made = compiled.answers.get(key)
    if (made) return made
    const { resourceMetadata, ...realm } = this.#frame
    const challenge = stepUpChallengeFor(requirement, unmet, {
      scheme,
      ...realm,
      ...(scopes.length > 0 && { scope: scopes.join(' ') }),
    })
    const expired = unmet.some(({ reason }) => reason === 'expired')
    const refusal = refuse(
      used ? 'one_shot_used' : expired ? 'level_expired' : 'level_missing',
      401,
      insufficientUserAuthentication,
      challenge.description ?? 'another authentication is required',
      {
        'WWW-Authenticate': formatStepUpChallenge(
          challenge,
          resourceMetadata === undefined ? {} : { resourceMetadata },
        ),
      },
    )
    this.#keep(compiled, key, refusal)
    return refusal
  }

  /** RFC 6750 §3.1. Step-up does not help. */
  insufficientScope(
    compiled: CompiledRequirement,
    scopes: readonly string[],
    scheme: TokenScheme,
  ): Refusal {
    const key = `insufficient_scope ${scheme} ${scopes.join(' ')}`
    const made = compiled.answers.get(key)
    if (made) return made
    const description = 'the access token lacks a scope'
    const refusal = refuse('scope_missing', 403, 'insufficient_scope', description, {
      'WWW-Authenticate': formatBearerError({
        scheme,
        error: 'insufficient_scope',
        description,
        scope: scopes.join(' '),
        ...this.#frame,
      }),
    })
    this.#keep(compiled, key, refusal)
    return refusal
  }

  /** Levels and reasons are few, but a provider may rename its levels for ever. */
  #keep(compiled: CompiledRequirement, key: string, refusal: Refusal): void {
    if (compiled.answers.size >= 64) compiled.answers.clear()
    compiled.answers.set(key, refusal)
  }

  #badRequest(description: string): Refusal {
    return refuse('request_malformed', 400, 'invalid_request', description, {
      'WWW-Authenticate': formatBearerError({
        scheme: 'Bearer',
        error: 'invalid_request',
        description,
        ...this.#frame,
      }),
    })
  }
}

/** RFC 9449 §9: the nonce to use from now on. */
export function withDpopNonce(refusal: Refusal, nonce: string): Refusal {
  return {
    ...refusal,
    headers: {
      ...refusal.headers,
      'DPoP-Nonce': nonce,
      'Access-Control-Expose-Headers': `${exposedHeaders}, DPoP-Nonce`,
    },
  }
}

/** A script on another origin sees no header that is not exposed (Fetch standard), and the challenge is one. */
const exposedHeaders = 'WWW-Authenticate, Retry-After'

/**
 * No challenge: no authentication of anybody makes a machine a person, and `insufficient_scope` would send the client
 * to ask for scopes in vain.
 */
export const personRequired: Refusal = refuse(
  'person_required',
  403,
  'access_denied',
  'this action needs a person, and the access token does not speak for one directly',
  {},
)

/**
 * A provider that does not know the lifetimes configured here would answer a challenge for the level alone from its
 * session, with a proof that is too old already. So the shortest lifetime in play is asked as an age: the token that comes
 * back then passes, whichever of the levels it names.
 */
function withLifetimes(
  asked: Requirement,
  unmet: readonly UnmetItem[],
  order: LevelOrder,
): Requirement {
  const limits = [
    asked.maxAgeSeconds,
    ...asked.acrValues.map((acr) => order.lifetimeSeconds(acr)),
    ...unmet.map(({ limitSeconds }) => limitSeconds),
  ].filter((limit) => limit !== undefined)
  return limits.length === 0 ? asked : { ...asked, maxAgeSeconds: Math.min(...limits) }
}

/** How long a caller should wait, in seconds, before it tries again. */
const retryAfterSeconds = 5

export function unavailable(
  reason: 'provider_unavailable' | 'used_tokens_unavailable' | 'used_proofs_unavailable',
  cause: unknown,
): Refusal {
  const refusal = refuse(
    reason,
    503,
    'temporarily_unavailable',
    'the access token cannot be checked at the moment; try again later',
    { 'Retry-After': String(retryAfterSeconds) },
  )
  return { ...refusal, cause }
}

/** Beyond these, what is wrong with a token is nobody's business but the operator's. */
const invalidTokenDescriptions: Partial<Record<RefusalReason, string>> = {
  token_expired: 'the access token is expired',
  sender_constraint_unsupported:
    'the access token is bound to something that is not understood here',
  scheme_mismatch:
    'the access token must be presented as what it is: bound to a key, or a bearer token',
  certificate_mismatch: 'the access token is bound to another client certificate',
  dpop_proof_missing: 'exactly one DPoP proof is needed',
  dpop_proof_invalid: 'the DPoP proof does not fit this request, token or key',
  dpop_proof_expired: 'the DPoP proof is too old, or dated ahead',
  dpop_proof_replayed: 'the DPoP proof was used before',
  dpop_nonce_needed: 'the DPoP proof must repeat the nonce of this server',
}

/** RFC 9449 §7.1 and §9. */
const dpopErrors: Partial<Record<RefusalReason, BearerErrorCode>> = {
  dpop_proof_missing: 'invalid_dpop_proof',
  dpop_proof_invalid: 'invalid_dpop_proof',
  dpop_proof_expired: 'invalid_dpop_proof',
  dpop_proof_replayed: 'invalid_dpop_proof',
  dpop_nonce_needed: 'use_dpop_nonce',
}

function refuse(
  reason: RefusalReason,
  status: Refusal['status'],
  error: string,
  description: string,
  headers: Record<string, string>,
): Refusal {
  // Frozen: the requests that are refused alike share it.
  return Object.freeze({
    outcome: 'refused',
    reason,
    status,
    headers: Object.freeze({
      ...headers,
      'Cache-Control': 'no-store',
      'Access-Control-Expose-Headers': exposedHeaders,
    }),
    body: Object.freeze({ error, error_description: description }),
  })
}
