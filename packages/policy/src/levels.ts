import { PolicyError } from './errors.ts'
import type {
  Alternative,
  LevelDefinition,
  LevelsDefinition,
  Method,
  MethodDefinition,
} from './level.ts'
import { isLifetime, readLevelOrder } from './level-order.ts'
import type { LevelOrder, LevelOrderEntry, LevelOrderFault } from './level-order.ts'
import { methodsProvedBy, methodsThatCountAs } from './method-equivalence.ts'

/** A level as the compiled policy knows it. */
export interface Level {
  readonly name: string
  readonly acr: string
  readonly accepts: readonly AcceptedAlternative[]
  readonly lifetimeSeconds: number
  /** Wire values of every other level that this one satisfies. */
  readonly satisfies: readonly string[]
}

/** An alternative, with the part of it that carries the proof time. */
export interface AcceptedAlternative {
  readonly methods: Alternative
  /** The methods that this alternative adds to what lower levels already accept; all of its methods where it adds none. */
  readonly proof: readonly Method[]
}

/** The compiled levels: checked, ordered, ready to decide. */
export interface Levels extends LevelOrder {
  /** Each after every level that it satisfies. */
  readonly all: readonly Level[]
  byAcr(acr: string): Level | undefined
  byName(name: string): Level | undefined
  /** How long one proof of a method stays live, in seconds. `0`: no level accepts it. */
  methodLifetimeSeconds(method: Method): number
}

/**
 * Check the definition and settle the order of levels.
 *
 * @throws PolicyError where the definition contradicts itself: no levels, two of one name or wire value, an unknown
 * name under `satisfies`, a cycle.
 */
export function compileLevels(definition: LevelsDefinition): Levels {
  const definitions = definition.levels
  if (definitions.length === 0) throw new PolicyError('no_levels', 'levels', 'no level is declared')
  const names = new Map<string, LevelDefinition>()
  const acrs = new Set<string>()
  for (const level of definitions) {
    checkLevel(level)
    const path = `levels.${level.name}`
    if (names.has(level.name)) {
      throw new PolicyError('duplicate_level', path, `level \`${level.name}\` is declared twice`)
    }
    if (acrs.has(acrOf(level))) {
      throw new PolicyError(
        'duplicate_acr',
        `${path}.acr`,
        `two levels have the acr \`${acrOf(level)}\``,
      )
    }
    names.set(level.name, level)
    acrs.add(acrOf(level))
  }
  const nameByAcr = new Map(definitions.map((level) => [acrOf(level), level.name]))
  const order = orderOf(
    definitions.map((level) => ({
      acr: acrOf(level),
      lifetimeSeconds: level.lifetimeSeconds,
      satisfies: directlySatisfied(level, names).map(acrOf),
    })),
    (acr) => `levels.${nameByAcr.get(acr) ?? acr}.satisfies`,
  )
  return new CompiledLevels(definitions, definition.methods ?? {}, order)
}

/**
 * The order of levels from a provider's metadata, closed under transitivity.
 *
 * @throws PolicyError on an unknown or repeated level, or a cycle.
 */
export function levelsFromOrder(entries: readonly LevelOrderEntry[]): LevelOrder {
  return orderOf(entries, (acr) => acr)
}

/** `place`: where an author or a provider states what the level of this wire value satisfies. */
function orderOf(entries: readonly LevelOrderEntry[], place: (acr: string) => string): LevelOrder {
  const reading = readLevelOrder(entries)
  if (reading.ok) return reading.order
  throw orderError(reading, entries, place)
}

function orderError(
  { code, acr, lower }: LevelOrderFault,
  entries: readonly LevelOrderEntry[],
  place: (acr: string) => string,
): PolicyError {
  if (code === 'duplicate_acr') return new PolicyError(code, acr, `level \`${acr}\` appears twice`)
  if (code === 'invalid_lifetime') {
    return invalidLifetime(entries.find((entry) => entry.acr === acr)?.lifetimeSeconds, acr)
  }
  if (code === 'level_cycle') {
    const trail = findCycle(entries)
    return cycle(trail, place(trail[0] ?? acr))
  }
  const message = `level \`${acr}\` satisfies \`${lower}\`, which is not declared`
  return new PolicyError(code, acr, message)
}

/** A way from a level back to itself, which must be there. */
function findCycle(entries: readonly LevelOrderEntry[]): readonly string[] {
  const direct = new Map(entries.map(({ acr, satisfies }) => [acr, satisfies]))
  const passed = new Set<string>()
  const walk = (acr: string, trail: readonly string[]): readonly string[] | undefined => {
    if (trail.includes(acr)) return [...trail.slice(trail.indexOf(acr)), acr]
    if (passed.has(acr)) return undefined
    for (const lower of direct.get(acr) ?? []) {
      const found = lower === acr ? undefined : walk(lower, [...trail, acr])
      if (found) return found
    }
    passed.add(acr)
    return undefined
  }
  for (const { acr } of entries) {
    const found = walk(acr, [])
    if (found) return found
  }
  return []
}

class CompiledLevels implements Levels {
  readonly all: readonly Level[]
  readonly acrValues: readonly string[]
  readonly #order: LevelOrder
  readonly #byAcr: ReadonlyMap<string, Level>
  readonly #byName: ReadonlyMap<string, Level>
  readonly #methodLifetimes = new Map<Method, number>()

  constructor(
    definitions: readonly LevelDefinition[],
    methods: Readonly<Record<Method, MethodDefinition>>,
    order: LevelOrder,
  ) {
    this.#order = order
    this.acrValues = order.acrValues
    const compiled = definitions.map((level): Level => {
      const lower = definitions.filter(
        (other) => other !== level && order.satisfies(acrOf(level), acrOf(other)),
      )
      const acceptedBelow = new Set(lower.flatMap((other) => other.accepts.flat()))
      return {
        name: level.name,
        acr: acrOf(level),
        lifetimeSeconds: level.lifetimeSeconds,
        satisfies: order.acrValues.filter((acr) => lower.some((other) => acrOf(other) === acr)),
        accepts: level.accepts.map((accepted) => {
          const alternative = [...new Set(accepted)]
          const added = alternative.filter((method) => !acceptedBelow.has(method))
          return { methods: alternative, proof: added.length > 0 ? added : alternative }
        }),
      }
    })
    this.#byAcr = new Map(compiled.map((level) => [level.acr, level]))
    this.#byName = new Map(compiled.map((level) => [level.name, level]))
    this.all = order.acrValues.flatMap((acr) => this.#byAcr.get(acr) ?? [])
    for (const level of compiled) {
      // A level that accepts a security key accepts a passkey in its place.
      const accepted = level.accepts.flatMap(({ methods: all }) => all.flatMap(methodsThatCountAs))
      for (const method of accepted) {
        const longest = Math.max(this.#methodLifetimes.get(method) ?? 0, level.lifetimeSeconds)
        this.#methodLifetimes.set(method, longest)
      }
    }
    for (const [method, { lifetimeSeconds }] of Object.entries(methods)) {
      if (lifetimeSeconds === undefined) continue
      checkLifetime(lifetimeSeconds, `methods.${method}.lifetime`)
      this.#methodLifetimes.set(method, lifetimeSeconds)
    }
  }

  byAcr(acr: string): Level | undefined {
    return this.#byAcr.get(acr)
  }

  byName(name: string): Level | undefined {
    return this.#byName.get(name)
  }

  has(acr: string): boolean {
    return this.#byAcr.has(acr)
  }

  satisfies(acr: string, required: string): boolean {
    return this.#order.satisfies(acr, required)
  }

  lifetimeSeconds(acr: string): number | undefined {
    return this.#byAcr.get(acr)?.lifetimeSeconds
  }

  methodLifetimeSeconds(method: Method): number {
    return this.#methodLifetimes.get(method) ?? 0
  }
}

function acrOf(level: LevelDefinition): string {
  return level.acr ?? level.name
}

/** The levels named by the author, or those that this level's alternatives contain. */
function directlySatisfied(
  level: LevelDefinition,
  names: ReadonlyMap<string, LevelDefinition>,
): readonly LevelDefinition[] {
  if (level.satisfies) {
    return level.satisfies.map((name) => {
      const named = names.get(name)
      if (named) return named
      const path = `levels.${level.name}.satisfies`
      throw new PolicyError('unknown_level', path, `\`${name}\` is not a declared level`)
    })
  }
  return [...names.values()].filter((other) => other !== level && contains(level, other))
}

/** Every alternative of `level` contains one of `other`. */
function contains(level: LevelDefinition, other: LevelDefinition): boolean {
  return level.accepts.every((alternative) => {
    const proved = new Set(alternative.flatMap(methodsProvedBy))
    return other.accepts.some((smaller) => smaller.every((method) => proved.has(method)))
  })
}

function checkLevel(level: LevelDefinition): void {
  const path = `levels.${level.name}`
  // RFC 6749 appendix A.4 and OIDC Core §3.1.2.1: acr_values is a list separated by spaces.
  if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(acrOf(level))) {
    throw new PolicyError(
      'invalid_acr',
      `${path}.acr`,
      `the acr \`${acrOf(level)}\` must be printable ASCII without spaces, quotes or backslashes`,
    )
  }
  checkLifetime(level.lifetimeSeconds, `${path}.lifetime`)
  if (level.accepts.length === 0) {
    throw new PolicyError(
      'no_alternatives',
      `${path}.accepts`,
      `level \`${level.name}\` accepts nothing`,
    )
  }
  if (level.accepts.some((alternative) => alternative.length === 0)) {
    throw new PolicyError(
      'empty_alternative',
      `${path}.accepts`,
      `level \`${level.name}\` has an alternative without methods, which everybody would meet`,
    )
  }
}

function checkLifetime(seconds: number, path: string): void {
  if (!isLifetime(seconds)) throw invalidLifetime(seconds, path)
}

function invalidLifetime(seconds: number | undefined, path: string): PolicyError {
  return new PolicyError(
    'invalid_lifetime',
    path,
    `a lifetime must be whole seconds from 0 to ten years, not \`${seconds}\``,
  )
}

function cycle(trail: readonly string[], path: string): PolicyError {
  return new PolicyError(
    'level_cycle',
    path,
    `levels satisfy each other: ${trail.map((acr) => `\`${acr}\``).join(' → ')}; state \`satisfies\` on one of them`,
  )
}
