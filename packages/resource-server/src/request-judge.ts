import type { EpochSeconds } from '@newel/policy'
import { AccessTokens } from './access-tokens.ts'
import { longestToken, readCredentials, tokenForm } from './authorization-header.ts'
import type { Credentials } from './authorization-header.ts'
import { ResourceServerError } from './errors.ts'
import type { ApiRequest, Outcome } from './guard.ts'
import { Outcomes } from './outcomes.ts'
import { Refusals, unavailable, withDpopNonce } from './refusal.ts'
import { RequirementJudge } from './requirement-judge.ts'
import type { CompiledRequirement } from './requirement.ts'
import { Senders } from './sender/senders.ts'
import type { Settings } from './settings.ts'
import { shareWithOrigin } from './share-with-origin.ts'
import { readCompactJws } from './signature/compact-jws.ts'
import { timeProblem } from './token-verifier.ts'
import type { Acceptance, Accepted, TrustedIssuer } from './trusted-issuer.ts'

/** Tells the requirement, once the caller has shown a valid token. */
type Settle = () => CompiledRequirement | Promise<CompiledRequirement>

/** Takes one request through what every answer rests on: credentials, token, sender, requirement. */
export class RequestJudge {
  readonly #settings: Settings
  readonly #tokens: AccessTokens
  readonly #senders: Senders
  readonly #refusals: Refusals
  readonly #outcomes: Outcomes
  readonly #requirements: RequirementJudge

  constructor(settings: Settings, issuers: readonly TrustedIssuer[]) {
    this.#settings = settings
    this.#tokens = new AccessTokens(issuers, settings.cacheSize)
    this.#senders = new Senders(settings.sender, settings.clientCertificate, settings.publicUrl)
    this.#refusals = new Refusals(settings.realm, settings.metadataUrl)
    this.#outcomes = new Outcomes(settings.observe)
    this.#requirements = new RequirementJudge(settings, issuers, this.#refusals, this.#outcomes)
  }

  judge(request: ApiRequest, settle: Settle): Outcome | Promise<Outcome> {
    const outcome = this.#judgeToken(request, settle)
    const { allowedOrigins } = this.#settings
    if (!allowedOrigins) return outcome
    return outcome instanceof Promise
      ? outcome.then((settled) => shareWithOrigin(settled, request.origin, allowedOrigins))
      : shareWithOrigin(outcome, request.origin, allowedOrigins)
  }

  #judgeToken(request: ApiRequest, settle: Settle): Outcome | Promise<Outcome> {
    const credentials = readCredentials(request.authorization)
    if (!credentials.ok) {
      switch (credentials.problem) {
        case 'absent':
          return this.#outcomes.refuse(this.#refusals.tokenRequired)
        case 'several':
          return this.#outcomes.refuse(this.#refusals.severalAuthorizations)
        case 'too_long':
          return this.#outcomes.refuse(this.#refusals.invalidToken('token_malformed'))
      }
    }
    const { token, scheme } = credentials
    const now = this.#settings.clock()
    const known = this.#tokens.recall(token, now)
    if (!known) return this.#judgeUnknown(request, credentials, settle, now)
    const problem = timeProblem(known.token, now)
    if (problem) {
      this.#tokens.forget(token)
      return this.#outcomes.refuse(this.#refusals.invalidToken(problem, scheme), undefined, known)
    }
    return this.#judgeAccepted(request, credentials, known, settle, now)
  }

  #judgeUnknown(
    request: ApiRequest,
    credentials: Credentials,
    settle: Settle,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const { token, scheme } = credentials
    // Taken apart once, whatever is then asked of it.
    const jws = token.length > longestToken ? undefined : readCompactJws(token)
    if (!jws) {
      switch (tokenForm(token)) {
        case 'malformed':
          return this.#outcomes.refuse(this.#refusals.malformedAuthorization)
        case 'too_long':
          return this.#outcomes.refuse(this.#refusals.invalidToken('token_malformed', scheme))
        case 'well_formed':
          break
      }
    }
    const proceed = (acceptance: Acceptance): Outcome | Promise<Outcome> =>
      acceptance.ok
        ? this.#judgeAccepted(request, credentials, acceptance, settle, now)
        : this.#outcomes.refuse(this.#refusals.invalidToken(acceptance.reason, scheme))
    const acceptance = this.#tokens.accept({ text: token, jws }, now)
    if (!(acceptance instanceof Promise)) return proceed(acceptance)
    return acceptance.then(proceed, (error: unknown) => {
      if (!(error instanceof ResourceServerError)) throw error
      return this.#outcomes.refuse(unavailable('provider_unavailable', error))
    })
  }

  #judgeAccepted(
    request: ApiRequest,
    credentials: Credentials,
    accepted: Accepted,
    settle: Settle,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    return accepted.token.confirmation === undefined && credentials.scheme === 'Bearer'
      ? this.#judgeSent(credentials, accepted, settle, now)
      : this.#judgeBound(request, credentials, accepted, settle, now)
  }

  /** A token that is bound to its sender is worth nothing in other hands (RFC 9449 §7, RFC 8705 §3). */
  async #judgeBound(
    request: ApiRequest,
    credentials: Credentials,
    accepted: Accepted,
    settle: Settle,
    now: EpochSeconds,
  ): Promise<Outcome> {
    const { sender } = this.#settings
    const { confirmation } = accepted.token
    let problem
    try {
      problem = await this.#senders.problem(request, credentials, confirmation, now)
    } catch (error) {
      return this.#outcomes.refuse(
        unavailable('used_proofs_unavailable', error),
        undefined,
        accepted,
      )
    }
    if (problem === undefined) return this.#judgeSent(credentials, accepted, settle, now)
    const isDpop = credentials.scheme === 'DPoP' || confirmation?.keyThumbprint !== undefined
    const scheme = isDpop ? 'DPoP' : 'Bearer'
    const refusal = this.#refusals.invalidToken(problem, scheme)
    return this.#outcomes.refuse(
      problem === 'dpop_nonce_needed' && sender.nonces
        ? withDpopNonce(refusal, await sender.nonces.current(now))
        : refusal,
      undefined,
      accepted,
    )
  }

  #judgeSent(
    credentials: Credentials,
    accepted: Accepted,
    settle: Settle,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const compiled = settle()
    return compiled instanceof Promise
      ? compiled.then((settled) => this.#requirements.hold(credentials, accepted, settled, now))
      : this.#requirements.hold(credentials, accepted, compiled, now)
  }
}
