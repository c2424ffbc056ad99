import { type LevelDefinition, type Levels, PolicyError, compileLevels } from '@newel/policy'
import { parseAlternative } from '../alternative.ts'
import { checkShape } from '../shape/check-shape.ts'
import { levelShape } from '../shape/level-shape.ts'
import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import type { MethodsSection } from './methods-section.ts'
import { entriesOf, secondsOf } from './section.ts'

export interface LevelsSection {
  readonly definitions: readonly LevelDefinition[]
  /** Every name that is declared, also of levels that are refused. */
  readonly names: readonly string[]
  /** Level name to wire value. */
  readonly acrs: ReadonlyMap<string, string>
}

/** RFC 6749 appendix A.4 and OIDC Core §3.1.2.1: `acr_values` is a list separated by spaces. */
const acrSyntax = /^[\x21\x23-\x5b\x5d-\x7e]+$/

export function readLevels(value: unknown, problems: ProblemList): LevelsSection {
  const entries = entriesOf(value, ['levels'], problems)
  const names = entries.map(([name]) => name)
  const definitions: LevelDefinition[] = []
  const acrs = new Map<string, string>()
  const owners = new Map<string, string>()
  if (entries.length === 0 && value !== undefined && problems.count === 0) {
    problems.add({
      code: 'no_levels',
      path: ['levels'],
      message: 'no level is declared',
      mend: 'declare one, such as `basic: { accepts: [password], lifetime: 12h }`',
    })
  }
  for (const [name, entry, path] of entries) {
    const level = checkShape(levelShape, entry, path, problems)
    if (level === undefined) continue
    const acr = level.acr ?? name
    acrs.set(name, acr)
    checkAcr(acr, name, level.acr === undefined ? path : [...path, 'acr'], owners, problems)
    checkSatisfies(level.satisfies ?? [], names, [...path, 'satisfies'], problems)
    definitions.push({
      name,
      acr,
      accepts: readAlternatives(level.accepts, [...path, 'accepts'], problems),
      lifetimeSeconds: secondsOf(level.lifetime, [...path, 'lifetime'], problems, 0),
      ...(level.satisfies && { satisfies: level.satisfies }),
    })
  }
  return { definitions, names, acrs }
}

/** Absent: the levels contradict each other, and `problems` says how. */
export function compileLevelsSection(
  { definitions, acrs }: LevelsSection,
  methods: MethodsSection,
  problems: ProblemList,
): Levels | undefined {
  try {
    return compileLevels({ levels: definitions, methods: Object.fromEntries(methods.lifetimes) })
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error
    problems.add({
      code: error.code,
      path: pathOfPolicyError(error.path, acrs),
      at: 'key',
      message: error.message,
      mend:
        error.code === 'level_cycle'
          ? 'write `satisfies` on one of them, without the other'
          : 'change the level that is named',
    })
    return undefined
  }
}

/** The policy names places by level name or wire value; either may hold dots. */
function pathOfPolicyError(path: string, acrs: ReadonlyMap<string, string>): Path {
  for (const [name, acr] of acrs) {
    for (const written of [name, acr]) {
      for (const prefix of [`levels.${written}`, written]) {
        if (path === prefix) return ['levels', name]
        if (path.startsWith(`${prefix}.`)) return ['levels', name, path.slice(prefix.length + 1)]
      }
    }
  }
  return ['levels']
}

function readAlternatives(
  texts: readonly string[],
  path: Path,
  problems: ProblemList,
): readonly (readonly string[])[] {
  const seen = new Map<string, number>()
  return texts.flatMap((text, index) => {
    const place = [...path, index]
    const alternative = parseAlternative(text)
    if (!alternative.ok) {
      const { code, message, mend, offset } = alternative
      problems.add({ code, path: place, offset, message, mend })
      return []
    }
    const same = alternative.methods.toSorted().join(' + ')
    if (seen.has(same)) {
      problems.add({
        code: 'duplicate_alternative',
        path: place,
        message: `\`${text.trim()}\` is the same as alternative ${(seen.get(same) ?? 0) + 1}`,
        mend: 'remove one of them',
      })
      return []
    }
    seen.set(same, index)
    return [alternative.methods]
  })
}

function checkAcr(
  acr: string,
  name: string,
  path: Path,
  owners: Map<string, string>,
  problems: ProblemList,
): void {
  const owner = owners.get(acr)
  if (owner !== undefined) {
    problems.add({
      code: 'duplicate_acr',
      path,
      message: `the levels \`${owner}\` and \`${name}\` have the same acr \`${acr}\``,
      mend: 'give one of them another `acr`',
    })
  } else if (!acrSyntax.test(acr)) {
    problems.add({
      code: 'invalid_acr',
      path,
      at: path.at(-1) === 'acr' ? 'value' : 'key',
      message: `the acr \`${acr}\` must be printable ASCII without spaces, quotes or backslashes`,
      mend: 'join words with a hyphen, or add an `acr` for the wire',
    })
  }
  owners.set(acr, name)
}

function checkSatisfies(
  satisfied: readonly string[],
  names: readonly string[],
  path: Path,
  problems: ProblemList,
): void {
  for (const [index, name] of satisfied.entries()) {
    checkLevelName(name, names, [...path, index], problems)
  }
}

/** Whether a level of this name is declared. */
export function checkLevelName(
  name: string,
  names: readonly string[],
  path: Path,
  problems: ProblemList,
): boolean {
  if (names.includes(name)) return true
  problems.add({
    code: 'undeclared_level',
    path,
    message: `no level \`${name}\` is declared`,
    mend: suggest(name, names, 'declare it under `levels`'),
  })
  return false
}

/** The wire value of a level that another section names. Absent: none is named, or there is none of that name. */
export function acrOf(
  name: string | undefined,
  levels: LevelsSection,
  path: Path,
  problems: ProblemList,
): string | undefined {
  if (name === undefined || !checkLevelName(name, levels.names, path, problems)) return undefined
  return levels.acrs.get(name) ?? name
}
