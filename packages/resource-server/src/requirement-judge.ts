import type { EpochSeconds, LevelOrder } from '@newel/policy'
import type { TokenScheme } from '@newel/protocol'
import type { Credentials } from './authorization-header.ts'
import { explainRefusal } from './explain-refusal.ts'
import type { Outcome } from './guard.ts'
import { askedBy, holdRequirement } from './hold-requirement.ts'
import type { Unmet } from './hold-requirement.ts'
import { singleUseOf, unmetAfterUse } from './one-shot.ts'
import type { Outcomes } from './outcomes.ts'
import { personRequired, unavailable } from './refusal.ts'
import type { Refusal, Refusals } from './refusal.ts'
import type { CompiledRequirement } from './requirement.ts'
import type { Settings } from './settings.ts'
import type { Accepted, TrustedIssuer } from './trusted-issuer.ts'
import { unknownAcr } from './unknown-acr.ts'
import type { UsedTokenStore } from './used-token-store.ts'

/** Whether a token that was accepted, from the sender it is for, is enough. */
export class RequirementJudge {
  readonly #usedTokens: UsedTokenStore
  readonly #explains: boolean
  readonly #issuers: readonly TrustedIssuer[]
  readonly #refusals: Refusals
  readonly #outcomes: Outcomes

  constructor(
    settings: Settings,
    issuers: readonly TrustedIssuer[],
    refusals: Refusals,
    outcomes: Outcomes,
  ) {
    this.#usedTokens = settings.usedTokens
    this.#explains = settings.explainRefusals
    this.#issuers = issuers
    this.#refusals = refusals
    this.#outcomes = outcomes
  }

  /** Hold a verified token to the requirement. Only now does the caller learn what is required (RFC 9470 §9). */
  hold(
    { token: text, scheme }: Credentials,
    accepted: Accepted,
    compiled: CompiledRequirement,
    now: EpochSeconds,
  ): Outcome | Promise<Outcome> {
    const { token, facts, issuer } = accepted
    const { order, publishesLevels } = facts
    const { acrValues } = compiled
    if (
      acrValues.length > 0 &&
      this.#issuers.length === 1 &&
      !compiled.reportOnly &&
      !acrValues.some((acr) => order.has(acr))
    ) {
      throw unknownAcr(acrValues, this.#issuers)
    }
    const oneShotWindowSeconds = publishesLevels ? undefined : issuer.settings.oneShotWindowSeconds
    const holding = holdRequirement(compiled.parts, { order, token, now, oneShotWindowSeconds })
    if (!holding.met) {
      return this.#outcomes.refuse(
        this.#explained(this.#answer(compiled, holding, scheme, order, publishesLevels), () =>
          explainRefusal(compiled, holding, token, now),
        ),
        compiled,
        accepted,
      )
    }
    return holding.usesUp === undefined
      ? this.#outcomes.allow(compiled, accepted)
      : this.#useUp(text, scheme, accepted, holding.usesUp, compiled, now)
  }

  #answer(
    compiled: CompiledRequirement,
    holding: Unmet,
    scheme: TokenScheme,
    order: LevelOrder,
    providerKnowsLifetimes: boolean,
  ): Refusal {
    if (holding.needsPerson) return personRequired
    if (holding.unmet.length === 0) {
      return this.#refusals.insufficientScope(compiled, holding.scopes, scheme)
    }
    const facts = { scheme, order: providerKnowsLifetimes ? undefined : order, used: false }
    return this.#refusals.stepUp(compiled, holding, facts)
  }

  /** Last of all, so that a call refused for another reason does not cost the person a proof. */
  async #useUp(
    text: string,
    scheme: TokenScheme,
    accepted: Accepted,
    authentication: Accepted['token']['authentication'],
    compiled: CompiledRequirement,
    now: EpochSeconds,
  ): Promise<Outcome> {
    const { token, facts, issuer } = accepted
    const windowSeconds = facts.publishesLevels ? undefined : issuer.settings.oneShotWindowSeconds
    const use = await singleUseOf(text, token, authentication, windowSeconds)
    // A report takes nothing from the requirements that count.
    const id = compiled.reportOnly ? `reported ${use.id}` : use.id
    const { expiresAt } = use
    let first: boolean
    try {
      first = await this.#usedTokens.use(id, expiresAt, now)
    } catch (error) {
      return this.#outcomes.refuse(
        unavailable('used_tokens_unavailable', error),
        compiled,
        accepted,
      )
    }
    if (first) return this.#outcomes.allow(compiled, accepted)
    const asked = askedBy(compiled.parts, facts.order)
    const unmet = unmetAfterUse(asked, token)
    return this.#outcomes.refuse(
      this.#refusals.stepUp(
        compiled,
        { unmet, asked, scopes: [] },
        { scheme, order: windowSeconds === undefined ? undefined : facts.order, used: true },
      ),
      compiled,
      accepted,
    )
  }

  #explained(refusal: Refusal, explain: () => readonly string[]): Refusal {
    return this.#explains
      ? { ...refusal, body: { ...refusal.body, explanation: explain() } }
      : refusal
  }
}
