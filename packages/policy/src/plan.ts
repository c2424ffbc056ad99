import { askedAcrValues, evaluate } from './evaluate.ts'
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
  /** What to prove, all of it, in any order. Empty: the level is held already. */
  readonly methods: readonly Method[]
}

export interface PlanContext extends DecisionContext {
  /** The methods that this person can prove now. */
  readonly enrolled: readonly Method[]
}

/**
 * The ways to meet a requirement, none of which contains a smaller one: by preference of the levels asked, then the
 * fewest proofs first, then in the order of the policy. Empty: nothing that this person can prove reaches it.
 */
export function plan(
  levels: Levels,
  requirement: Requirement,
  record: AuthenticationRecord,
  context: PlanContext,
): readonly Plan[] {
  return askedAcrValues(levels, requirement).flatMap((acr) => {
    const level = levels.byAcr(acr)
    if (level === undefined) return []
    const asked: Requirement = { ...requirement, acrValues: [acr] }
    const reaches = (methods: readonly Method[]): boolean =>
      evaluate(levels, asked, [...record, ...proofs(methods, context)], planned(context)).satisfied
    const sufficient = candidates(levels, level, context.enrolled)
      .filter(reaches)
      .map((methods) => withoutNeedless(methods, reaches))
    return minimal(sufficient).map((methods) => ({ acr, methods }))
  })
}

/** The events that carrying out a plan at once would add. */
export function proofs(
  methods: readonly Method[],
  context: DecisionContext,
): AuthenticationEvent[] {
  const { request } = planned(context)
  return methods.map((method) => ({ method, at: context.now, request }))
}

/** Outside a request a plan supposes one: its proofs are made for it. */
function planned(context: DecisionContext): DecisionContext & { readonly request: string } {
  return { now: context.now, request: context.request ?? 'planned' }
}

/** For every alternative that leads to `level`, each way in which this person can prove all of it. */
function candidates(
  levels: Levels,
  level: Level,
  enrolled: readonly Method[],
): readonly (readonly Method[])[] {
  const leading = levels.all.filter(({ acr }) => levels.satisfies(acr, level.acr))
  // The level's own alternatives first, in the order of its author.
  const ordered = [level, ...leading.filter((other) => other !== level)]
  return ordered.flatMap(({ accepts }) =>
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

function withoutNeedless(
  methods: readonly Method[],
  reaches: (methods: readonly Method[]) => boolean,
): readonly Method[] {
  return methods.reduce<readonly Method[]>((kept, method) => {
    const fewer = kept.filter((other) => other !== method)
    return reaches(fewer) ? fewer : kept
  }, methods)
}

/** Drop repeated sets and those that contain another; sort by size, which keeps the order of equals. */
function minimal(sets: readonly (readonly Method[])[]): readonly (readonly Method[])[] {
  const bySize = [...sets].sort((a, b) => a.length - b.length)
  return bySize.reduce<readonly (readonly Method[])[]>((kept, set) => {
    const covered = kept.some((smaller) => smaller.every((method) => set.includes(method)))
    return covered ? kept : [...kept, set]
  }, [])
}
