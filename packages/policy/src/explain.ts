import { ageSeconds } from './age.ts'
import type { Decision } from './decision.ts'
import { askedAcrValues, evaluate, isFresh, limitSeconds } from './evaluate.ts'
import { heldThrough, satisfying } from './held-levels.ts'
import type { EpochSeconds, Method } from './level.ts'
import type { AcceptedAlternative, Level, Levels } from './levels.ts'
import { type DecisionContext, newestEvent, newestLiveEvent } from './proof.ts'
import type { AuthenticationRecord } from './record.ts'
import type { Requirement } from './requirement.ts'

/** One line of reasoning. `depth` indents it under the line that it supports. */
export interface ExplanationStep {
  readonly depth: 0 | 1 | 2
  readonly outcome: 'met' | 'unmet'
  readonly text: string
}

/** A decision and why: the same judgement as `evaluate`, rendered. */
export interface Explanation {
  readonly decision: Decision
  readonly steps: readonly ExplanationStep[]
}

export function explain(
  levels: Levels,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: DecisionContext,
): Explanation {
  const decision = evaluate(levels, requirement, record, context)
  const asked = askedAcrValues(levels, requirement)
  // A level after the one that satisfied was never looked at.
  const judged = decision.satisfied ? asked.slice(0, asked.indexOf(decision.level.acr) + 1) : asked
  return {
    decision,
    steps: [
      ...judged.flatMap((acr) => levelSteps(levels, acr, requirement, record, context, decision)),
      conclusion(decision, context),
    ],
  }
}

function levelSteps(
  levels: Levels,
  acr: string,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: DecisionContext,
  decision: Decision,
): readonly ExplanationStep[] {
  const level = levels.byAcr(acr)
  if (level === undefined) {
    return [{ depth: 0, outcome: 'unmet', text: `\`${acr}\` is not a level of this policy` }]
  }
  const met = decision.satisfied && decision.level.acr === acr
  const age = proofAge(level, requirement)
  const steps: ExplanationStep[] = [
    { depth: 0, outcome: met ? 'met' : 'unmet', text: `\`${acr}\` asked, ${describeAge(age)}` },
    ...level.accepts.flatMap((alternative) =>
      alternativeSteps(levels, alternative, age, record, context),
    ),
  ]
  const stronger = satisfying(levels, level).find((other) => {
    if (other === level) return false
    const held = heldThrough(levels, level, other, record, context, age.ofRequest)
    return held !== undefined && isFresh(held, requirement, context)
  })
  if (stronger) {
    steps.push({
      depth: 1,
      outcome: 'met',
      text: `\`${stronger.acr}\` is held and satisfies \`${acr}\``,
    })
  }
  return steps
}

/** What the events that carry the proof time must meet. */
interface ProofAge {
  /** They were proved for the request at hand. */
  readonly ofRequest: boolean
  /** They are no older than this, in seconds. `Infinity`: no age is set. */
  readonly oldest: number
}

function proofAge(level: Level, requirement: Requirement): ProofAge {
  const limits = [level.lifetimeSeconds, requirement.maxAgeSeconds ?? Infinity]
  return {
    ofRequest: limitSeconds(level, requirement) === 0,
    oldest: Math.min(...limits.filter((limit) => limit !== 0)),
  }
}

function alternativeSteps(
  levels: Levels,
  alternative: AcceptedAlternative,
  age: ProofAge,
  record: AuthenticationRecord,
  context: DecisionContext,
): readonly ExplanationStep[] {
  const lines = alternative.methods.map((method): ExplanationStep => {
    const carries = alternative.proof.includes(method)
    return methodStep(levels, method, carries ? age : undefined, record, context)
  })
  const outcome = lines.every((line) => line.outcome === 'met') ? 'met' : 'unmet'
  return [{ depth: 1, outcome, text: `by ${alternative.methods.join(' + ')}` }, ...lines]
}

/** `required`: what the proof must meet. Absent: the method only needs to be still held. */
function methodStep(
  levels: Levels,
  method: Method,
  required: ProofAge | undefined,
  record: AuthenticationRecord,
  context: DecisionContext,
): ExplanationStep {
  const step = (outcome: 'met' | 'unmet', text: string): ExplanationStep => ({
    depth: 2,
    outcome,
    text: `${method}: ${text}`,
  })
  const ago = (at: EpochSeconds) =>
    `proved ${describeSeconds(ageSeconds(at, context.now) ?? 0)} ago`
  const last = newestEvent(record, method, context)
  if (last === undefined) return step('unmet', 'not proved in this session')
  const live = newestLiveEvent(levels, record, method, context)
  if (live === undefined) {
    const lifetime = levels.methodLifetimeSeconds(method)
    const ended =
      lifetime === 0 ? 'not for this request' : `no longer held after ${describeSeconds(lifetime)}`
    return step('unmet', `${ago(last.at)}, ${ended}`)
  }
  if (required === undefined) return step('met', `${ago(live.at)}, still held`)
  const carrying = newestLiveEvent(levels, record, method, context, required.ofRequest)
  if (carrying === undefined) return step('unmet', `${ago(live.at)}, not for this request`)
  const { oldest } = required
  if ((ageSeconds(carrying.at, context.now) ?? Infinity) > oldest) {
    return step('unmet', `${ago(carrying.at)}, more than the ${describeSeconds(oldest)} allowed`)
  }
  return required.ofRequest
    ? step('met', 'proved for this request')
    : step('met', `${ago(carrying.at)}, at most ${describeSeconds(oldest)} allowed`)
}

function conclusion(decision: Decision, context: DecisionContext): ExplanationStep {
  if (decision.satisfied) {
    const { acr, authTime, heldUntil } = decision.level
    const left = heldUntil - context.now
    const until =
      heldUntil <= authTime ? 'for this request only' : `for another ${describeSeconds(left)}`
    return {
      depth: 0,
      outcome: 'met',
      text: `satisfied by \`${acr}\`, proved ${describeSeconds(Math.max(0, context.now - authTime))} ago, held ${until}`,
    }
  }
  const reasons = decision.unmet.map(({ acr, reason }) => `\`${acr}\` ${reason}`)
  return { depth: 0, outcome: 'unmet', text: `not satisfied: ${reasons.join(', ')}` }
}

function describeAge({ ofRequest, oldest }: ProofAge): string {
  const limit = `proved at most ${describeSeconds(oldest)} ago`
  if (!ofRequest) return limit
  return `to be proved for this very request${oldest === Infinity ? '' : `, ${limit}`}`
}

/** `90` → `1m 30s`. Zero parts are left out; `0` → `0s`. */
export function describeSeconds(seconds: EpochSeconds): string {
  const units = [
    ['d', 86_400],
    ['h', 3600],
    ['m', 60],
    ['s', 1],
  ] as const
  let rest = Math.max(0, Math.floor(seconds))
  const parts = units.flatMap(([unit, size]) => {
    const count = Math.floor(rest / size)
    rest -= count * size
    return count === 0 ? [] : [`${count}${unit}`]
  })
  return parts.length === 0 ? '0s' : parts.join(' ')
}
