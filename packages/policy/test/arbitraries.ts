import * as fc from 'fast-check'
import {
  type AuthenticationEvent,
  type AuthenticationRecord,
  type DecisionContext,
  type LevelsDefinition,
  type Requirement,
  clockToleranceSeconds,
  compileLevels,
} from '../src/index.ts'

/** A fixed time, far enough from 0 for every age below. */
export const now = 1_000_000

export const methods = [
  'password',
  'totp',
  'passkey',
  'security-key',
  'recovery-code',
  'email-code',
] as const

/** Few and close to each other, so that ages fall on, just before and just after them. */
const lifetime = fc.constantFrom(0, 1, 10, 60, 61, 900)
const age = fc.oneof(
  fc.constantFrom(0, 1, 2, 10, 11, 60, 61, 62, 900, 901),
  fc.integer({ min: 0, max: 1000 }),
)
const request = fc.constantFrom(undefined, 'request-1', 'request-2')

const alternative = fc.oneof(
  { weight: 2, arbitrary: fc.subarray([...methods], { minLength: 1, maxLength: 1 }) },
  { weight: 3, arbitrary: fc.subarray([...methods], { minLength: 2, maxLength: 2 }) },
  { weight: 1, arbitrary: fc.subarray([...methods], { minLength: 3, maxLength: 3 }) },
)

const unchecked: fc.Arbitrary<LevelsDefinition> = fc.integer({ min: 1, max: 4 }).chain((count) =>
  fc.record({
    levels: fc.tuple(
      ...Array.from({ length: count }, (_, index) =>
        fc
          .record({
            accepts: fc.array(alternative, { minLength: 1, maxLength: 3 }),
            lifetimeSeconds: lifetime,
            // Only levels before it, so that most definitions have no cycle.
            satisfies: fc.option(
              fc.subarray(Array.from({ length: index }, (__, lower) => `level-${lower}`)),
              { nil: undefined },
            ),
            renamed: fc.boolean(),
          })
          .map(({ satisfies, renamed, ...level }) => ({
            name: `level-${index}`,
            ...(renamed ? { acr: `urn:example:${index}` } : {}),
            ...level,
            ...(satisfies ? { satisfies } : {}),
          })),
      ),
    ),
    methods: fc.dictionary(
      fc.constantFrom(...methods),
      fc.record({ lifetimeSeconds: lifetime }, { requiredKeys: [] }),
      { maxKeys: 2 },
    ),
  }),
)

/** Definitions that compile; the rest has a cycle by containment, mostly two levels that accept the same. */
export const definitions = unchecked.filter((definition) => {
  try {
    compileLevels(definition)
    return true
  } catch {
    return false
  }
})

export const events: fc.Arbitrary<AuthenticationEvent> = fc
  .record({
    method: fc.constantFrom(...methods),
    at: fc.oneof(
      { weight: 8, arbitrary: age.map((seconds) => now - seconds) },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 1, max: clockToleranceSeconds }).map((ahead) => now + ahead),
      },
    ),
    request,
  })
  .map(({ request: id, ...event }) => (id === undefined ? event : { ...event, request: id }))

export const records: fc.Arbitrary<AuthenticationRecord> = fc.array(events, { maxLength: 8 })

export const contexts: fc.Arbitrary<DecisionContext> = request.map((id) =>
  id === undefined ? { now } : { now, request: id },
)

export function acrsOf(definition: LevelsDefinition): string[] {
  return definition.levels.map(({ acr, name }) => acr ?? name)
}

export function requirementsOn(definition: LevelsDefinition): fc.Arbitrary<Requirement> {
  return fc
    .record({
      acrValues: fc.uniqueArray(fc.constantFrom(...acrsOf(definition), 'unheard-of'), {
        maxLength: 3,
      }),
      maxAgeSeconds: fc.option(fc.constantFrom(0, 1, 10, 60, 300, 900, 100_000), {
        nil: undefined,
      }),
    })
    .map(({ acrValues, maxAgeSeconds }) =>
      maxAgeSeconds === undefined ? { acrValues } : { acrValues, maxAgeSeconds },
    )
}

/** A definition with a requirement that speaks of its levels. */
export const policies = definitions.chain((definition) =>
  fc.record({
    definition: fc.constant(definition),
    requirement: requirementsOn(definition),
  }),
)
