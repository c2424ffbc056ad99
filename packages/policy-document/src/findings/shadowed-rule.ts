import { type PathPattern, type RuleDefinition, compilePathPattern } from '@newel/policy'
import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** A rule that never decides, because one before it takes every request that it would match. */
export function findShadowedRules(document: PolicyDocument): readonly Discovery[] {
  return document.ruleDefinitions.flatMap((rule, index): readonly Discovery[] => {
    const earlier = document.ruleDefinitions
      .slice(0, index)
      .findIndex((other) => covers(other, rule))
    if (earlier < 0) return []
    const name = document.ruleDefinitions[earlier]?.name
    return [
      {
        severity: 'warning',
        code: 'shadowed_rule',
        path: ['rules', index],
        message: `rule ${index + 1} (\`${rule.path}\`) never matches: rule ${earlier + 1}${name === undefined ? '' : ` (\`${name}\`)`} takes every request before it`,
        mend: 'move it up, narrow the earlier rule, or remove it',
      },
    ]
  })
}

/** Every request that `narrow` matches, `wide` matches too, whatever its body. */
function covers(wide: RuleDefinition, narrow: RuleDefinition): boolean {
  return (
    wide.when === undefined &&
    (wide.host === undefined || wide.host === narrow.host) &&
    (wide.methods === undefined ||
      narrow.methods?.every((method) => wide.methods?.includes(method)) === true) &&
    pathCovers(wide.path, narrow.path)
  )
}

/** Whether every path that matches `narrow` matches `wide`. */
export function pathCovers(wide: string, narrow: string): boolean {
  const [outer, inner] = [compilePathPattern(wide), compilePathPattern(narrow)]
  return outer.ok && inner.ok && patternCovers(outer.pattern, inner.pattern)
}

function patternCovers(wide: PathPattern, narrow: PathPattern): boolean {
  const deeper = narrow.segments.length - wide.segments.length
  if (deeper < 0 || (!wide.below && (deeper > 0 || narrow.below))) return false
  return wide.segments.every((segment, index) => {
    const other = narrow.segments[index]
    if (other === undefined) return false
    if (segment.kind === 'literal') return other.kind === 'literal' && other.value === segment.value
    // A wildcard stands for a segment that is there; the root path has none.
    return other.kind === 'any' || other.value !== ''
  })
}
