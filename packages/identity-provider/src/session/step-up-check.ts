import {
  type AuthenticationRecord,
  type Decision,
  type DecisionContext,
  type HeldLevel,
  type Levels,
  type Requirement,
  evaluate,
  heldLevels,
  strongestHeld,
} from '@newel/policy'
import type { RequestedRequirement } from './requested-requirement.ts'

export interface StepUpQuestion {
  readonly levels: Levels
  readonly requested: Extract<RequestedRequirement, { ok: true }>
  readonly record: AuthenticationRecord
  readonly context: DecisionContext
  /** `prompt=login`: proofs made before this request do not count for it. */
  readonly onlyThisRequest: boolean
  /** The user has been through the step-up of this very request. */
  readonly attempted: boolean
  /** The account was made in this very request. Absent: it was not. */
  readonly newcomer?: boolean
  /** Whether some proof that the user could make, or set up to make, would meet the requirement. */
  readonly reachable: (requirement: Requirement, record: AuthenticationRecord) => boolean
  /** Wire value of the level that even a voluntary request cannot go under. */
  readonly minimum: string | undefined
}

export type StepUpVerdict =
  /** Go on, with tokens that name this level. */
  | { readonly kind: 'held'; readonly level: HeldLevel; readonly record: AuthenticationRecord }
  | { readonly kind: 'ask'; readonly decision: Decision }
  | { readonly kind: 'unmet'; readonly decision: Decision }

/** What becomes of an authorization request whose user is known: nothing to ask, a step-up, or the error. Never a loop. */
export function checkStepUp(question: StepUpQuestion): StepUpVerdict {
  const { levels, requested, context } = question
  const record = question.onlyThisRequest
    ? question.record.filter(({ request }) => request !== undefined && request === context.request)
    : question.record
  const decision = evaluate(levels, requested.requirement, record, context)
  if (decision.satisfied && question.newcomer === true) return entry(question, record, decision)
  if (decision.satisfied) return { kind: 'held', level: decision.level, record }
  const canAsk = !question.attempted && question.reachable(requested.requirement, record)
  if (canAsk) return { kind: 'ask', decision }
  const lower = requested.strict ? undefined : voluntarily(question, record)
  return lower === undefined ? { kind: 'unmet', decision } : { kind: 'held', level: lower, record }
}

/** What was set up in this request signs its owner in, and by itself reaches nothing above that. */
function entry(
  { levels, requested, context, minimum }: StepUpQuestion,
  record: AuthenticationRecord,
  decision: Decision,
): StepUpVerdict {
  const held = heldLevels(levels, record, context)
  const [first] = held
  const { acrValues } = requested.requirement
  const asked = held.find(
    ({ acr }) => first !== undefined && acrValues.includes(acr) && levels.satisfies(first.acr, acr),
  )
  const anyWill =
    acrValues.length === 0 ||
    (!requested.strict &&
      first !== undefined &&
      (minimum === undefined || levels.satisfies(first.acr, minimum)))
  const level = asked ?? (anyWill ? first : undefined)
  return level === undefined ? { kind: 'unmet', decision } : { kind: 'held', level, record }
}

/** OIDC Core §5.5.1.1: a voluntary level that cannot be reached is no error; the strongest held one is named instead. */
function voluntarily(
  { levels, requested, context, minimum }: StepUpQuestion,
  record: AuthenticationRecord,
): HeldLevel | undefined {
  // An age is never voluntary: OIDC Core §3.1.2.1 has the provider authenticate actively.
  if (requested.requirement.maxAgeSeconds !== undefined) return undefined
  const held = strongestHeld(levels, record, context)
  if (held === undefined) return undefined
  return minimum === undefined || levels.satisfies(held.acr, minimum) ? held : undefined
}
