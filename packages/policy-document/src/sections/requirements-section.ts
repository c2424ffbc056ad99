import type { Requirement } from '@newel/policy'
import { checkShape, states } from '../shape/check-shape.ts'
import { requirementShape } from '../shape/requirement-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { type LevelsSection, checkLevelName } from './levels-section.ts'
import { entriesOf, secondsOf } from './section.ts'

export interface RequirementsSection {
  readonly requirements: ReadonlyMap<string, Requirement>
  /** Every name that is declared, also of requirements that are refused. */
  readonly names: readonly string[]
}

/** What rules say for "no step-up"; no requirement may be called so. */
export const noRequirement = 'none'

export function readRequirements(
  value: unknown,
  levels: LevelsSection,
  problems: ProblemList,
): RequirementsSection {
  const entries = entriesOf(value, ['requirements'], problems)
  const requirements = new Map<string, Requirement>()
  for (const [name, entry, path] of entries) {
    if (name === noRequirement) {
      problems.add({
        code: 'reserved_name',
        path,
        at: 'key',
        message: '`none` means "no step-up" in rules',
        mend: 'choose another name',
      })
    }
    const stated = checkShape(requirementShape, entry, path, problems)
    if (stated === undefined) continue
    const single = typeof stated.level === 'string'
    const named = single ? [stated.level as string] : ((stated.level ?? []) as readonly string[])
    if (
      !states(entry, 'level') &&
      stated.level === undefined &&
      !states(entry, 'maxAge') &&
      stated.maxAge === undefined
    ) {
      problems.add({
        code: 'empty_requirement',
        path,
        message: `the requirement \`${name}\` asks nothing`,
        mend: 'add `level` or `maxAge`; rules without a step-up say `require: none`',
      })
    }
    const acrValues = named.flatMap((level, index) => {
      const place = single ? [...path, 'level'] : [...path, 'level', index]
      return checkLevelName(level, levels.names, place, problems)
        ? [levels.acrs.get(level) ?? level]
        : []
    })
    const maxAgeSeconds = secondsOf(stated.maxAge, [...path, 'maxAge'], problems, undefined)
    requirements.set(name, {
      name,
      acrValues,
      ...(maxAgeSeconds !== undefined && { maxAgeSeconds }),
      ...(stated.transaction !== undefined && { transaction: stated.transaction }),
    })
  }
  return { requirements, names: entries.map(([name]) => name) }
}
