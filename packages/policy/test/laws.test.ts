import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  type Authentication,
  type LevelsDefinition,
  type Plan,
  clockToleranceSeconds,
  compileLevels,
  evaluate,
  evaluateToken,
  explain,
  heldLevels,
  levelsFromOrder,
  plan,
  reachesRequirement,
  strongestHeld,
} from '../src/index.ts'
import {
  acrsOf,
  contexts,
  definitions,
  events,
  methods,
  now,
  policies,
  records,
} from './arbitraries.ts'
import { askedBy, reference } from './reference.ts'

const runs = { seed: 20261124, numRuns: 1500 }

const enrolments = fc.subarray([...methods])

/** The same policy with its alternatives, and the methods in them, written in another order. */
function rewritten(definition: LevelsDefinition): fc.Arbitrary<LevelsDefinition> {
  const shuffled = <T>(all: readonly T[]) =>
    fc.shuffledSubarray([...all], { minLength: all.length, maxLength: all.length })
  return fc
    .tuple(
      ...definition.levels.map(({ accepts }) =>
        fc.tuple(...accepts.map((alternative) => shuffled(alternative))).chain(shuffled),
      ),
    )
    .map((orders) => ({
      ...definition,
      levels: definition.levels.map((level, index) => ({ ...level, accepts: orders[index]! })),
    }))
}

function orderFrom(definition: LevelsDefinition) {
  return levelsFromOrder(
    compileLevels(definition).all.map(({ acr, lifetimeSeconds, satisfies }) => ({
      acr,
      lifetimeSeconds,
      satisfies,
    })),
  )
}

/** The record after a plan was carried out at `now`, in the request at hand. */
function carriedOut(
  record: Parameters<typeof plan>[2],
  proved: readonly string[],
  request: string,
) {
  return [...record, ...proved.map((method) => ({ method, at: now, request }))]
}

function properSubsets<T>(all: readonly T[]): T[][] {
  const subsets = all.reduce<T[][]>(
    (begun, item) => begun.flatMap((set) => [set, [...set, item]]),
    [[]],
  )
  return subsets.filter((set) => set.length < all.length)
}

describe('what is held', () => {
  it('is what the rules say, choice by choice', () => {
    fc.assert(
      fc.property(policies, records, contexts, ({ definition, requirement }, record, context) => {
        const levels = compileLevels(definition)
        const truth = reference(definition, record, context)
        for (const acr of acrsOf(definition)) {
          const decision = evaluate(levels, { ...requirement, acrValues: [acr] }, record, context)
          expect(decision.satisfied ? decision.level.authTime : undefined).toBe(
            truth.provedAt(acr, requirement.maxAgeSeconds),
          )
          const held = heldLevels(levels, record, context).find((one) => one.acr === acr)
          expect(held?.authTime).toBe(truth.provedAt(acr, undefined))
        }
      }),
      { ...runs, numRuns: 4000 },
    )
  })

  it('is never lowered by a further event', () => {
    fc.assert(
      fc.property(policies, records, events, contexts, (policy, record, event, context) => {
        const levels = compileLevels(policy.definition)
        const after = heldLevels(levels, [...record, event], context)
        for (const { acr, authTime } of heldLevels(levels, record, context)) {
          const kept = after.find((held) => held.acr === acr)
          expect(kept?.authTime).toBeGreaterThanOrEqual(authTime)
        }
        if (evaluate(levels, policy.requirement, record, context).satisfied) {
          expect(evaluate(levels, policy.requirement, [...record, event], context).satisfied).toBe(
            true,
          )
        }
      }),
      runs,
    )
  })

  it('is never raised by time passing', () => {
    const later = fc.oneof(fc.constantFrom(1, 2, 10, 60), fc.integer({ min: 0, max: 1000 }))
    fc.assert(
      fc.property(policies, records, contexts, later, (policy, record, context, seconds) => {
        const levels = compileLevels(policy.definition)
        const then = { ...context, now: now + seconds }
        const before = heldLevels(levels, record, context)
        for (const { acr, authTime } of heldLevels(levels, record, then)) {
          expect(before.find((held) => held.acr === acr)?.authTime).toBeGreaterThanOrEqual(authTime)
        }
        if (evaluate(levels, policy.requirement, record, then).satisfied) {
          expect(evaluate(levels, policy.requirement, record, context).satisfied).toBe(true)
        }
      }),
      runs,
    )
  })

  it('is held until the second it states, and names the requested value with its own proof time', () => {
    fc.assert(
      fc.property(policies, records, contexts, (policy, record, context) => {
        const levels = compileLevels(policy.definition)
        for (const held of heldLevels(levels, record, context)) {
          const at = Math.max(now, held.heldUntil)
          const then = heldLevels(levels, record, { ...context, now: at })
          expect(then.map(({ acr }) => acr)).toContain(held.acr)
          // Rule 9: no token outlives the level that it names.
          const lifetime = levels.lifetimeSeconds(held.acr)!
          expect(held.heldUntil).toBeLessThanOrEqual(
            Math.max(held.authTime + lifetime, lifetime === 0 ? now : 0),
          )
          const proved = record.filter(({ at: time }) => time <= now + clockToleranceSeconds)
          expect(proved.map(({ at: time }) => time)).toContain(held.authTime)
        }
        const strongest = strongestHeld(levels, record, context)
        const held = heldLevels(levels, record, context)
        expect(strongest === undefined).toBe(held.length === 0)
        for (const other of held) {
          if (other.acr === strongest?.acr) continue
          expect(levels.satisfies(other.acr, strongest!.acr)).toBe(false)
        }
      }),
      runs,
    )
  })
})

describe('a plan', () => {
  const cases = fc.tuple(policies, records, contexts, enrolments)

  it('satisfies its requirement when it is carried out', () => {
    fc.assert(
      fc.property(cases, ([{ definition, requirement }, record, context, enrolled]) => {
        const levels = compileLevels(definition)
        const request = context.request ?? 'a request to come'
        for (const { acr, methods: asked } of plan(levels, requirement, record, {
          ...context,
          enrolled,
        })) {
          expect(enrolled).toEqual(expect.arrayContaining([...asked]))
          const after = carriedOut(record, asked, request)
          const decision = evaluate(levels, { ...requirement, acrValues: [acr] }, after, {
            now,
            request,
          })
          expect(decision).toMatchObject({ satisfied: true, level: { acr } })
        }
      }),
      runs,
    )
  })

  it('has no smaller plan within it', () => {
    fc.assert(
      fc.property(cases, ([{ definition, requirement }, record, context, enrolled]) => {
        const levels = compileLevels(definition)
        const request = context.request ?? 'a request to come'
        for (const { acr, methods: asked } of plan(levels, requirement, record, {
          ...context,
          enrolled,
        })) {
          for (const fewer of properSubsets(asked)) {
            const after = carriedOut(record, fewer, request)
            const judged = { ...requirement, acrValues: [acr] }
            expect(evaluate(levels, judged, after, { now, request }).satisfied).toBe(false)
          }
          // Nothing is asked of a person whose requirement is met, by whichever level.
          const met = evaluate(levels, requirement, record, { now, request }).satisfied
          expect(asked.length === 0).toBe(met)
        }
      }),
      runs,
    )
  })

  it('is found wherever this person can reach the requirement, and every smallest way is listed', () => {
    fc.assert(
      fc.property(cases, ([{ definition, requirement }, record, context, enrolled]) => {
        const levels = compileLevels(definition)
        const request = context.request ?? 'a request to come'
        const found = plan(levels, requirement, record, { ...context, enrolled })
        if (evaluate(levels, requirement, record, { now, request }).satisfied) return
        const key = (acr: string, all: readonly string[]) => [acr, ...all.toSorted()].join(' ')
        const reachable = askedBy(definition, requirement).flatMap((acr) => {
          const reaches = (set: readonly string[]) =>
            evaluate(
              levels,
              { ...requirement, acrValues: [acr] },
              carriedOut(record, set, request),
              { now, request },
            ).satisfied
          return [...properSubsets(enrolled), enrolled]
            .filter((set) => reaches(set) && !properSubsets(set).some(reaches))
            .map((set) => key(acr, set))
        })
        expect(found.map(({ acr, methods: set }) => key(acr, set)).toSorted()).toEqual(
          reachable.toSorted(),
        )
      }),
      { ...runs, numRuns: 400 },
    )
  })

  it('comes by preference of the levels asked, then the fewest proofs first', () => {
    fc.assert(
      fc.property(cases, ([{ definition, requirement }, record, context, enrolled]) => {
        const levels = compileLevels(definition)
        const asked =
          requirement.acrValues.length > 0 ? requirement.acrValues : levels.acrValues.toReversed()
        const weight = ({ acr, methods: set }: Plan) => asked.indexOf(acr) * 100 + set.length
        const found = plan(levels, requirement, record, { ...context, enrolled })
        expect(found.map(weight)).toEqual(found.map(weight).toSorted((a, b) => a - b))
      }),
      runs,
    )
  })
})

describe('`satisfies`', () => {
  it('is a partial order on the known levels, and false on the others', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const levels = compileLevels(definition)
        const truth = reference(definition, [], { now })
        const acrs = acrsOf(definition)
        for (const a of acrs) {
          expect(levels.satisfies(a, a)).toBe(true)
          expect(levels.satisfies(a, 'unheard-of')).toBe(false)
          expect(levels.satisfies('unheard-of', a)).toBe(false)
          for (const b of acrs) {
            expect(levels.satisfies(a, b)).toBe(truth.satisfies(a, b))
            if (a !== b && levels.satisfies(a, b)) expect(levels.satisfies(b, a)).toBe(false)
            for (const c of acrs) {
              if (levels.satisfies(a, b) && levels.satisfies(b, c)) {
                expect(levels.satisfies(a, c)).toBe(true)
              }
            }
          }
        }
        expect(levels.satisfies('unheard-of', 'unheard-of')).toBe(false)
      }),
      runs,
    )
  })

  it('orders the levels: each stands after every level that it satisfies, and so it does when published', () => {
    fc.assert(
      fc.property(definitions, (definition) => {
        const levels = compileLevels(definition)
        const order = orderFrom(definition)
        expect(levels.acrValues).toEqual(levels.all.map(({ acr }) => acr))
        expect(order.acrValues).toEqual(levels.acrValues)
        for (const [index, a] of levels.acrValues.entries()) {
          for (const b of levels.acrValues.slice(index + 1)) {
            expect(levels.satisfies(a, b)).toBe(false)
            expect(order.satisfies(b, a)).toBe(levels.satisfies(b, a))
          }
        }
      }),
      runs,
    )
  })
})

describe('a decision', () => {
  it('does not depend on the order of events or of alternatives', () => {
    const written = policies.chain((policy) =>
      fc.tuple(fc.constant(policy), rewritten(policy.definition)),
    )
    const shuffledRecords = records.chain((record) =>
      fc.tuple(
        fc.constant(record),
        fc.shuffledSubarray([...record], { minLength: record.length, maxLength: record.length }),
      ),
    )
    fc.assert(
      fc.property(written, shuffledRecords, contexts, ([policy, other], [one, two], context) => {
        const first = compileLevels(policy.definition)
        const second = compileLevels(other)
        const { requirement } = policy
        expect(evaluate(second, requirement, two, context)).toEqual(
          evaluate(first, requirement, one, context),
        )
        expect(heldLevels(second, two, context)).toEqual(heldLevels(first, one, context))
        const enrolled = [...methods]
        const keys = (plans: readonly Plan[]) =>
          plans.map(({ acr, methods: all }) => [acr, ...all.toSorted()].join(' ')).toSorted()
        expect(keys(plan(second, requirement, two, { ...context, enrolled }))).toEqual(
          keys(plan(first, requirement, one, { ...context, enrolled })),
        )
      }),
      runs,
    )
  })

  it('states a reason for each level asked, and an expired one has passed the limit that it names', () => {
    fc.assert(
      fc.property(policies, records, contexts, ({ definition, requirement }, record, context) => {
        const levels = compileLevels(definition)
        const decision = evaluate(levels, requirement, record, context)
        if (decision.satisfied) {
          expect(askedBy(definition, requirement)).toContain(decision.level.acr)
          return
        }
        expect(decision.unmet.map(({ acr }) => acr).toSorted()).toEqual(
          askedBy(definition, requirement).toSorted(),
        )
        for (const { acr, reason, provedAt, limitSeconds } of decision.unmet) {
          expect(reason === 'unknown').toBe(!levels.has(acr))
          if (reason !== 'expired') {
            expect([provedAt, limitSeconds]).toEqual([undefined, undefined])
          } else if (limitSeconds !== 0) {
            expect(now - provedAt!).toBeGreaterThan(limitSeconds!)
          }
        }
      }),
      runs,
    )
  })

  it('is the one that its explanation renders, line by line', () => {
    fc.assert(
      fc.property(policies, records, contexts, ({ definition, requirement }, record, context) => {
        const levels = compileLevels(definition)
        const { decision, steps } = explain(levels, requirement, record, context)
        expect(decision).toEqual(evaluate(levels, requirement, record, context))
        expect(steps.at(-1)?.outcome).toBe(decision.satisfied ? 'met' : 'unmet')
        // A level is met where one line right below it is, an alternative where all lines below it are.
        for (const [index, step] of steps.slice(0, -1).entries()) {
          const rest = steps.slice(index + 1, -1)
          const end = rest.findIndex(({ depth }) => depth <= step.depth)
          const below = (end === -1 ? rest : rest.slice(0, end)).filter(
            ({ depth }) => depth === step.depth + 1,
          )
          if (below.length === 0) continue
          const met = below.map(({ outcome }) => outcome === 'met')
          expect(step.outcome === 'met').toBe(
            step.depth === 0 ? met.includes(true) : !met.includes(false),
          )
        }
      }),
      runs,
    )
  })
})

describe('what the provider issues', () => {
  it('the resource server accepts for the same requirement at the same time', () => {
    let issued = 0
    fc.assert(
      fc.property(policies, records, contexts, ({ definition, requirement }, record, context) => {
        const levels = compileLevels(definition)
        const decision = evaluate(levels, requirement, record, context)
        if (!decision.satisfied) return
        issued += 1
        const { acr, authTime } = decision.level
        const oneShot = requirement.maxAgeSeconds === 0 || levels.lifetimeSeconds(acr) === 0
        const token: Authentication = { acr, authTime, ...(oneShot ? { oneShot } : {}) }
        expect(evaluateToken(orderFrom(definition), requirement, token, { now })).toEqual({
          satisfied: true,
          acr,
          authTime,
        })
      }),
      runs,
    )
    // The generators must not make this law empty.
    expect(issued).toBeGreaterThan(runs.numRuns / 10)
  })

  it('the resource server refuses for every level that it does not satisfy', () => {
    fc.assert(
      fc.property(policies, records, contexts, ({ definition }, record, context) => {
        const levels = compileLevels(definition)
        const order = orderFrom(definition)
        for (const { acr, authTime } of heldLevels(levels, record, context)) {
          const token = { acr, authTime, oneShot: true }
          for (const required of acrsOf(definition)) {
            if (levels.satisfies(acr, required)) continue
            expect(evaluateToken(order, { acrValues: [required] }, token, { now })).toEqual({
              satisfied: false,
              unmet: [{ acr: required, reason: 'missing' }],
            })
          }
        }
      }),
      runs,
    )
  })
})

describe('a page', () => {
  const seconds = fc.oneof(
    fc.constantFrom(0, 1, 5, 6, 60, 61, 900),
    fc.integer({ min: 0, max: 1000 }),
  )
  const authTime = fc.oneof(
    { weight: 6, arbitrary: seconds.map((age) => now - age) },
    { weight: 2, arbitrary: seconds.map((ahead) => now + ahead) },
    { weight: 1, arbitrary: fc.constantFrom(undefined, NaN, -1, Infinity) },
  )
  const either = (definition: LevelsDefinition) => {
    const known = acrsOf(definition)
    return fc.record({
      acr: fc.constantFrom(...known, 'unknown', undefined),
      required: fc.subarray([...known, 'unknown']),
      maxAgeSeconds: fc.option(seconds, { nil: undefined }),
      authTime,
      oneShot: fc.constantFrom(true, false, undefined),
      oneShotWindowSeconds: fc.option(seconds, { nil: undefined }),
      tolerance: fc.constantFrom(0, clockToleranceSeconds),
    })
  }

  it('forecasts what the resource server decides over the same token', () => {
    const decided = { true: 0, false: 0 }
    const cases = definitions.chain((definition) =>
      fc.tuple(fc.constant(definition), either(definition)),
    )
    fc.assert(
      fc.property(cases, ([definition, { acr, required, tolerance, ...facts }]) => {
        const { maxAgeSeconds, oneShotWindowSeconds } = facts
        fc.pre(required.length > 0 || maxAgeSeconds !== undefined)
        const order = orderFrom(definition)
        const requirement = {
          acrValues: required,
          ...(maxAgeSeconds === undefined ? {} : { maxAgeSeconds }),
        }
        const token = {
          ...(acr === undefined ? {} : { acr }),
          ...(facts.authTime === undefined ? {} : { authTime: facts.authTime }),
          ...(facts.oneShot === undefined ? {} : { oneShot: facts.oneShot }),
        }
        const { satisfied } = evaluateToken(order, requirement, token, {
          now,
          clockToleranceSeconds: tolerance,
          oneShotWindowSeconds,
        })
        decided[`${satisfied}`] += 1
        const rules = { order, clockToleranceSeconds: tolerance }
        expect(reachesRequirement(requirement, token, now, rules, oneShotWindowSeconds)).toBe(
          satisfied,
        )
      }),
      { ...runs, numRuns: 4000 },
    )
    // The generators must not make this law empty.
    expect(decided.true).toBeGreaterThan(200)
    expect(decided.false).toBeGreaterThan(200)
  })
})
