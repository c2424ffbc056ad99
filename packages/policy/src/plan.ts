import { askedAcrValues, evaluate } from './evaluate.ts'
import { satisfying } from './held-levels.ts'
import type { Method } from './level.ts'
import type { Level, Levels } from './levels.ts'
import { methodsThatCountAs } from './method-equivalence.ts'
import type { DecisionContext } from './proof.ts'
import type { AuthenticationEvent, AuthenticationRecord } from './record.ts'
import type { Requirement } from './requirement.ts'

/** Proofs that take a record to a level that was asked. */
export interface Plan {
  /** The level asked that the plan reaches. */
  readonly acr: string
  /** What to prove, all of it, in any order. Empty: the requirement is met already. */
  readonly methods: readonly Method[]
}

export interface PlanContext extends DecisionContext {
  /** The methods that this person can prove now. */
  readonly enrolled: readonly Method[]
}

/**
 * The ways to meet a requirement, none of which contains a smaller one to the same level: by preference of the levels
 * asked, then the fewest proofs first, then in the order of the policy. A requirement that is met already has one plan,
 * of no methods. Empty: nothing that this person can prove reaches it.
 */
export function plan(
  levels: Levels,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: PlanContext,
): readonly Plan[] {
  const supposed = planned(record, context)
  const now = evaluate(levels, requirement, record, supposed)
  if (now.satisfied) return [{ acr: now.level.acr, methods: [] }]
  return askedAcrValues(levels, requirement).flatMap((acr) => {
    const level = levels.byAcr(acr)
    if (level === undefined) return []
    const asked: Requirement = { ...requirement, acrValues: [acr] }
    const reaches = (methods: readonly Method[]): boolean =>
      evaluate(levels, asked, [...record, ...proofs(methods, supposed)], supposed).satisfied
    const sufficient = candidates(levels, level, context.enrolled).filter(reaches)
    return minimal(sufficient).map((methods) => ({ acr, methods }))
  })
}

/** The events that carrying out a plan at once would add. */
function proofs(methods: readonly Method[], context: SupposedContext): AuthenticationEvent[] {
  return methods.map((method) => ({ method, at: context.now, request: context.request }))
}

type SupposedContext = DecisionContext & { readonly request: string }

/** Outside a request a plan supposes one, of which the record knows nothing: its proofs are made for it. */
function planned(record: AuthenticationRecord, { now, request }: DecisionContext): SupposedContext {
  if (request !== undefined) return { now, request }
  let supposed = 'planned'
  while (record.some((event) => event.request === supposed)) supposed += "'"
  return { now, request: supposed }
}

/** For every alternative that leads to `level`, each way in which this person can prove all or part of it. */
function candidates(
  levels: Levels,
  level: Level,
  enrolled: readonly Method[],
): readonly (readonly Method[])[] {
  // The level's own alternatives first, in the order of its author.
  return satisfying(levels, level).flatMap(({ accepts }) =>
    accepts.flatMap(({ methods }) => {
      const ways = methods.map((method) => {
        const able = methodsThatCountAs(method).filter((counting) => enrolled.includes(counting))
        // What is still held needs no authenticator: `undefined` stands for not proving it again.
        return [undefined, ...able]
      })
      return combinations(ways).map((way) => [
        ...new Set(way.filter((method) => method !== undefined)),
      ])
    }),
  )
}

function combinations<T>(choices: readonly (readonly T[])[]): readonly (readonly T[])[] {
  return choices.reduce<readonly (readonly T[])[]>(
    (built, options) => built.flatMap((begun) => options.map((option) => [...begun, option])),
    [[]],
  )
}

/** Drop repeated sets and those that contain another; sort by size, which keeps the order of equals. */
function minimal(sets: readonly (readonly Method[])[]): readonly (readonly Method[])[] {
  const bySize = sets.toSorted((a, b) => a.length - b.length)
  return bySize.reduce<readonly (readonly Method[])[]>((kept, set) => {
    const covered = kept.some((smaller) => smaller.every((method) => set.includes(method)))
    return covered ? kept : [...kept, set]
  }, [])
}
