import {
  type AuthenticationEvent,
  type AuthenticationRecord,
  type DecisionContext,
  type LevelsDefinition,
  type Requirement,
  clockToleranceSeconds,
} from '../src/index.ts'

/**
 * The rules of assurance once more, as short and as slow as they can be said: every choice of events for every
 * alternative is tried. What the package decides is held to this.
 */
export interface Reference {
  satisfies(higher: string, lower: string): boolean
  /** The newest proof time at which `acr` meets the requirement's age, or `undefined`. */
  provedAt(acr: string, maxAgeSeconds: number | undefined): number | undefined
}

export function reference(
  definition: LevelsDefinition,
  record: AuthenticationRecord,
  { now, request }: DecisionContext,
): Reference {
  const levels = definition.levels
  const acr = (level: (typeof levels)[number]) => level.acr ?? level.name
  const counts = (proved: string, asked: string) =>
    proved === asked || (proved === 'passkey' && asked === 'security-key')
  const direct = (a: (typeof levels)[number], b: (typeof levels)[number]) =>
    a.satisfies
      ? a.satisfies.includes(b.name)
      : a.accepts.every((wide) =>
          b.accepts.some((narrow) => narrow.every((m) => wide.some((w) => counts(w, m)))),
        )
  const satisfies = (a: (typeof levels)[number], b: (typeof levels)[number]): boolean =>
    a === b || levels.some((step) => step !== a && direct(a, step) && satisfies(step, b))
  const age = (event: AuthenticationEvent) => Math.max(0, now - event.at)
  const visible = record.filter(({ at }) => at - now <= clockToleranceSeconds)
  const lifetime = (method: string) =>
    definition.methods?.[method]?.lifetimeSeconds ??
    Math.max(
      0,
      ...levels
        .filter(({ accepts }) => accepts.some((all) => all.some((m) => counts(method, m))))
        .map(({ lifetimeSeconds }) => lifetimeSeconds),
    )
  const ofRequest = (event: AuthenticationEvent) =>
    request !== undefined && event.request === request
  const live = (event: AuthenticationEvent, as: string) =>
    [event.method, as].every((m) => (lifetime(m) === 0 ? ofRequest(event) : true)) &&
    [event.method, as].every((m) => lifetime(m) === 0 || age(event) <= lifetime(m))
  const choices = (all: readonly string[]): AuthenticationEvent[][] =>
    all.reduce<AuthenticationEvent[][]>(
      (begun, method) =>
        begun.flatMap((chosen) =>
          visible
            .filter((event) => counts(event.method, method) && live(event, method))
            .map((event) => [...chosen, event]),
        ),
      [[]],
    )
  return {
    satisfies: (higher, lower) =>
      levels.some(
        (a) => acr(a) === higher && levels.some((b) => acr(b) === lower && satisfies(a, b)),
      ),
    provedAt(asked, maxAgeSeconds) {
      const level = levels.find((one) => acr(one) === asked)
      if (level === undefined) return undefined
      const times = levels
        .filter((by) => satisfies(by, level))
        .flatMap((by) => {
          const lower = levels.filter((other) => other !== by && satisfies(by, other))
          const limits = [level.lifetimeSeconds, by.lifetimeSeconds, maxAgeSeconds ?? Infinity]
          return by.accepts.flatMap((all) => {
            const distinct = [...new Set(all)]
            const added = distinct.filter((m) => !lower.some((l) => l.accepts.flat().includes(m)))
            const carrying = added.length > 0 ? added : distinct
            return choices(distinct)
              .map((chosen) => chosen.filter((_, index) => carrying.includes(distinct[index]!)))
              .filter((proof) => !limits.includes(0) || proof.every(ofRequest))
              .map((proof) => proof.toSorted((a, b) => a.at - b.at)[0]!)
              .filter((oldest) => limits.every((limit) => limit === 0 || age(oldest) <= limit))
              .map(({ at }) => at)
          })
        })
      return times.length === 0 ? undefined : Math.max(...times)
    },
  }
}

export function askedBy(definition: LevelsDefinition, requirement: Requirement): readonly string[] {
  if (requirement.acrValues.length > 0) return requirement.acrValues
  return definition.levels.map(({ acr, name }) => acr ?? name)
}
