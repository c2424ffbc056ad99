import { ageSeconds } from './age.ts'
import type { Decision } from './decision.ts'
import { askedAcrValues, evaluate, limitSeconds } from './evaluate.ts'
import { heldLevel } from './held-levels.ts'
import type { EpochSeconds, Method } from './level.ts'
import type { AcceptedAlternative, Level, Levels } from './levels.ts'
import { type DecisionContext, liveUntil, newestEvent } from './proof.ts'
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
  const limit = limitSeconds(level, requirement)
  const steps: ExplanationStep[] = [
    { depth: 0, outcome: met ? 'met' : 'unmet', text: `\`${acr}\` asked, ${describeLimit(limit)}` },
    ...level.accepts.flatMap((alternative) =>
      alternativeSteps(levels, alternative, limit, record, context),
    ),
  ]
  const stronger = levels.all.find(
    (other) =>
      other !== level &&
      levels.satisfies(other.acr, acr) &&
      heldLevel(levels, other, record, context) !== undefined,
  )
  if (stronger) {
    steps.push({
      depth: 1,
      outcome: 'met',
      text: `\`${stronger.acr}\` is held and satisfies \`${acr}\``,
    })
  }
  return steps
}

function alternativeSteps(
  levels: Levels,
  alternative: AcceptedAlternative,
  limit: number,
  record: AuthenticationRecord,
  context: DecisionContext,
): readonly ExplanationStep[] {
  const lines = alternative.methods.map((method): ExplanationStep => {
    const carries = alternative.proof.includes(method)
    return methodStep(levels, method, carries ? limit : undefined, record, context)
  })
  const outcome = lines.every((line) => line.outcome === 'met') ? 'met' : 'unmet'
  return [{ depth: 1, outcome, text: `by ${alternative.methods.join(' + ')}` }, ...lines]
}

/** `limit`: the age that the proof may have. Absent: the method only needs to be still held. */
function methodStep(
  levels: Levels,
  method: Method,
  limit: number | undefined,
  record: AuthenticationRecord,
  context: DecisionContext,
): ExplanationStep {
  const step = (outcome: 'met' | 'unmet', text: string): ExplanationStep => ({
    depth: 2,
    outcome,
    text: `${method}: ${text}`,
  })
  const event = newestEvent(record, method, context)
  if (event === undefined) return step('unmet', 'not proved in this session')
  const age = ageSeconds(event.at, context.now) ?? 0
  const proved = `proved ${describeSeconds(age)} ago`
  if (liveUntil(levels, record, method, context) === undefined) {
    return step(
      'unmet',
      `${proved}, no longer held after ${describeSeconds(levels.methodLifetimeSeconds(method))}`,
    )
  }
  if (limit === undefined) return step('met', `${proved}, still held`)
  if (limit === 0) {
    const ofRequest = newestEvent(record, method, context, true) !== undefined
    return ofRequest
      ? step('met', 'proved for this request')
      : step('unmet', `${proved}, not for this request`)
  }
  return age <= limit
    ? step('met', `${proved}, at most ${describeSeconds(limit)} allowed`)
    : step('unmet', `${proved}, more than the ${describeSeconds(limit)} allowed`)
}

function conclusion(decision: Decision, context: DecisionContext): ExplanationStep {
  if (decision.satisfied) {
    const { acr, authTime, heldUntil } = decision.level
    const left = Math.max(0, heldUntil - context.now)
    const until = left === 0 ? 'for this request only' : `for another ${describeSeconds(left)}`
    return {
      depth: 0,
      outcome: 'met',
      text: `satisfied by \`${acr}\`, proved ${describeSeconds(Math.max(0, context.now - authTime))} ago, held ${until}`,
    }
  }
  const reasons = decision.unmet.map(({ acr, reason }) => `\`${acr}\` ${reason}`)
  return { depth: 0, outcome: 'unmet', text: `not satisfied: ${reasons.join(', ')}` }
}

function describeLimit(limit: number): string {
  return limit === 0
    ? 'to be proved for this very request'
    : `proved at most ${describeSeconds(limit)} ago`
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
