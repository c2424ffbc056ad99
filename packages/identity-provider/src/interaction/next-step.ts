import {
  type Alternative,
  type AuthenticationRecord,
  type EpochSeconds,
  type Levels,
  type Method,
  type Plan,
  type Requirement,
  type UnmetReason,
  evaluate,
  methodsProvedBy,
  plan,
} from '@newel/policy'
import type { EnrolmentProgress } from './enrolment-progress.ts'

/** Everything that the next step of a step-up depends on. */
export interface StepQuestion {
  readonly levels: Levels
  readonly requirement: Requirement
  /** What counts for this request, proofs of this interaction included. */
  readonly record: AuthenticationRecord
  readonly now: EpochSeconds
  readonly request: string
  /** What the person can prove; without what was set up in this interaction, where policy does not let that count. */
  readonly enrolled: readonly Method[]
  /**
   * What the person is known to be able to prove, also where it was tried here in vain: what a change of the account takes.
   * Absent: as `enrolled`.
   */
  readonly proven?: readonly Method[]
  /** Methods that take no answers, and until when. */
  readonly locks: ReadonlyMap<Method, EpochSeconds>
  /** The person's choice of another way. */
  readonly chosen?: Method
  /** What could be set up on the way, and would reach the requirement. */
  readonly enrollable: readonly Method[]
  readonly enrolment?: EnrolmentProgress
  /** Whether what is set up on the way may count for the request at hand. */
  readonly enrolledCounts: boolean
  readonly failedAttempts: number
  /** With this many failures the interaction ends. */
  readonly attemptLimit: number
}

export interface AskStep {
  readonly kind: 'ask'
  readonly method: Method
  readonly acr: string
  readonly reason?: UnmetReason
  readonly given: readonly Method[]
  /** The one asked now comes first. */
  readonly missing: readonly Method[]
  readonly otherMethods: readonly Method[]
  readonly forEnrolment: boolean
}

export type NextStep =
  | { readonly kind: 'satisfied' }
  | { readonly kind: 'exhausted' }
  | AskStep
  | {
      readonly kind: 'locked'
      readonly method: Method
      readonly lockedUntil: EpochSeconds
      readonly acr: string
      readonly otherMethods: readonly Method[]
    }
  | {
      readonly kind: 'unreachable'
      readonly acr: string
      readonly reason?: UnmetReason
      readonly alternatives: readonly Alternative[]
      /** Empty: nothing can be set up here. */
      readonly enrollable: readonly Method[]
    }
  | { readonly kind: 'set_up'; readonly method: Method }
  | { readonly kind: 'enrolled'; readonly method: Method }

/** What to show. The whole course of a step-up is decided here; the rest renders it or carries it out. */
export function nextStep(question: StepQuestion): NextStep {
  const { enrolment } = question
  if (enrolment?.stage === 'enrolled' && !question.enrolledCounts) {
    return { kind: 'enrolled', method: enrolment.method }
  }
  const { requirement } = question
  if (evaluate(question.levels, requirement, question.record, question).satisfied) {
    return { kind: 'satisfied' }
  }
  if (question.failedAttempts >= question.attemptLimit) return { kind: 'exhausted' }
  if (enrolment !== undefined && enrolment.stage !== 'enrolled') {
    return enrolling(question, enrolment.method) ?? unreachable({ ...question, enrollable: [] })
  }
  const plans = plan(question.levels, requirement, question.record, question)
  return plans.length === 0 ? unreachable(question) : ask(question, requirement, plans, false)
}

/**
 * What has to be proved before an authenticator may be added: the strongest level that this person can reach at all,
 * in this very request. Neither locks nor failures lower it. Absent: there is none.
 */
export function requirementForEnrolment(question: StepQuestion): Requirement | undefined {
  const able = { ...question, enrolled: question.proven ?? question.enrolled }
  return question.levels.acrValues
    .toReversed()
    .map((acr): Requirement => ({ acrValues: [acr], maxAgeSeconds: 0 }))
    .find((strongest) => plan(question.levels, strongest, question.record, able).length > 0)
}

function enrolling(question: StepQuestion, method: Method): NextStep | undefined {
  const strongest = requirementForEnrolment(question)
  if (strongest === undefined) return undefined
  const plans = plan(question.levels, strongest, question.record, question)
  if (plans.some(({ methods }) => methods.length === 0)) return { kind: 'set_up', method }
  if (plans.length === 0) return undefined
  return ask(question, strongest, plans, true)
}

function ask(
  question: StepQuestion,
  requirement: Requirement,
  plans: readonly Plan[],
  forEnrolment: boolean,
): NextStep {
  const { locks, chosen } = question
  const open = plans.filter(({ methods }) => !methods.some((method) => locks.has(method)))
  // The first level asked that can be reached now; a lower preference only where all ways to the better are locked.
  const acr = (open[0] ?? plans[0])?.acr ?? ''
  const ways = lastResortLast(open.filter((way) => way.acr === acr))
  const lockedUntil = chosen === undefined ? undefined : locks.get(chosen)
  const way =
    (chosen === undefined ? undefined : ways.find(({ methods }) => methods.includes(chosen))) ??
    ways[0]
  if (way === undefined || (chosen !== undefined && lockedUntil !== undefined)) {
    return locked(question, acr, plans, ways)
  }
  const missing = inOrder(way.methods)
  const reason = reasonOf(question, requirement, acr)
  return {
    kind: 'ask',
    method: missing[0] ?? '',
    acr,
    ...(reason === undefined ? {} : { reason }),
    given: givenFor(question, acr, missing),
    missing,
    otherMethods: representatives(ways, way.methods),
    forEnrolment,
  }
}

/** A recovery code is used up: it is asked where it was chosen, or where nothing else would do. */
function lastResortLast(ways: readonly Plan[]): readonly Plan[] {
  return ways.toSorted((a, b) => Number(usesUp(a)) - Number(usesUp(b)))
}

function usesUp({ methods }: Plan): boolean {
  return methods.includes('recovery-code')
}

function locked(
  { locks, chosen }: StepQuestion,
  acr: string,
  plans: readonly Plan[],
  ways: readonly Plan[],
): NextStep {
  const named = chosen !== undefined && locks.has(chosen) ? chosen : undefined
  const inTheWay = plans[0]?.methods.find((method) => locks.has(method))
  const method = named ?? inTheWay ?? ''
  return {
    kind: 'locked',
    method,
    lockedUntil: locks.get(method) ?? 0,
    acr,
    otherMethods: representatives(ways, [method]),
  }
}

/** One method to choose each way by: what sets it apart, and of a password with something else the something else. */
function representatives(ways: readonly Plan[], current: readonly Method[]): readonly Method[] {
  const apart = ways.flatMap(({ methods }) => {
    const further = methods.filter((method) => !current.includes(method))
    const strong = further.filter((method) => method !== 'password')
    return strong.length > 0 ? strong : further
  })
  return [...new Set(apart)]
}

/** Something known comes first, as people are used to; the rest in the order of the plan. */
function inOrder(methods: readonly Method[]): readonly Method[] {
  return methods.toSorted((a, b) => Number(b === 'password') - Number(a === 'password'))
}

/** The methods of the same alternative that need no new proof. */
function givenFor(
  { levels }: StepQuestion,
  acr: string,
  missing: readonly Method[],
): readonly Method[] {
  const proved = new Set(missing.flatMap(methodsProvedBy))
  const alternative = levels
    .byAcr(acr)
    ?.accepts.map(({ methods }) => methods)
    .find((methods) =>
      missing.every((one) => methodsProvedBy(one).some((m) => methods.includes(m))),
    )
  return (alternative ?? []).filter((method) => !proved.has(method))
}

function reasonOf(
  { levels, record, now, request }: StepQuestion,
  requirement: Requirement,
  acr: string,
): UnmetReason | undefined {
  const decision = evaluate(levels, requirement, record, { now, request })
  return decision.satisfied ? undefined : decision.unmet.find((item) => item.acr === acr)?.reason
}

function unreachable(question: StepQuestion): NextStep {
  const { levels, requirement, enrollable } = question
  const asked = requirement.acrValues.filter((acr) => levels.has(acr))
  const acr = asked[0] ?? levels.acrValues.at(-1) ?? ''
  const reason = reasonOf(question, requirement, acr)
  return {
    kind: 'unreachable',
    acr,
    ...(reason === undefined ? {} : { reason }),
    alternatives: (levels.byAcr(acr)?.accepts ?? []).map(({ methods }) => methods),
    enrollable,
  }
}
