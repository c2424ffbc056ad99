import { type LevelDefinition, methodsProvedBy } from '@newel/policy'
import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/**
 * A level that stands after another and does not satisfy it. By custom the weakest comes first, so the author expects it
 * to; one alternative that contains none of the other's is enough to break it. Writing `satisfies` shows intent.
 */
export function findLevelsNotAbove(document: PolicyDocument): readonly Discovery[] {
  const { levels } = document
  const definitions = document.levelsDefinition.levels
  return definitions.flatMap((level, index) => {
    if (level.satisfies !== undefined) return []
    return definitions
      .slice(0, index)
      .filter((earlier) => {
        const [upper, lower] = [acrOf(level), acrOf(earlier)]
        return !levels.satisfies(upper, lower) && !levels.satisfies(lower, upper)
      })
      .map((earlier): Discovery => {
        const failing = alternativesWithout(level, earlier)
        const names = failing.map((position) => `\`${level.accepts[position]?.join(' + ') ?? ''}\``)
        return {
          severity: 'warning',
          code: 'level_not_above',
          path: ['levels', level.name, 'accepts', failing[0] ?? 0],
          message: `\`${level.name}\` stands after \`${earlier.name}\` and does not satisfy it: ${names.join(', ')} contains no alternative of \`${earlier.name}\``,
          mend: `accept it in \`${earlier.name}\` too, or write on \`${level.name}\` \`satisfies: [${earlier.name}]\` if it is as good, \`satisfies: []\` if it is another matter`,
        }
      })
  })
}

/** Positions of the alternatives of `level` that contain none of `earlier`. */
function alternativesWithout(level: LevelDefinition, earlier: LevelDefinition): readonly number[] {
  return level.accepts.flatMap((alternative, position) => {
    const proved = new Set(alternative.flatMap(methodsProvedBy))
    const contained = earlier.accepts.some((smaller) =>
      smaller.every((method) => proved.has(method)),
    )
    return contained ? [] : [position]
  })
}

function acrOf(level: LevelDefinition): string {
  return level.acr ?? level.name
}
