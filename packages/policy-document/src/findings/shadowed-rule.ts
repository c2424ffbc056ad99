import { type PathPattern, type RuleDefinition, compilePathPattern } from '@newel/policy'
import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** A rule that never decides, because one before it takes every request that it would match. */
export function findShadowedRules(document: PolicyDocument): readonly Discovery[] {
  const rules = document.ruleDefinitions.map(compile)
  return rules.flatMap((rule, index): readonly Discovery[] => {
    const earlier = rules.findIndex((other, position) => position >= index || covers(other, rule))
    if (earlier >= index) return []
    const name = rules[earlier]?.name
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

interface CompiledRule extends RuleDefinition {
  readonly pattern: PathPattern | undefined
}

function compile(rule: RuleDefinition): CompiledRule {
  const result = compilePathPattern(rule.path)
  return { ...rule, pattern: result.ok ? result.pattern : undefined }
}

/** Every request that `narrow` matches, `wide` matches too, whatever its body. */
function covers(wide: CompiledRule, narrow: CompiledRule): boolean {
  return (
    wide.when === undefined &&
    (wide.host === undefined || wide.host === narrow.host) &&
    (wide.methods === undefined ||
      narrow.methods?.every((method) => wide.methods?.includes(method)) === true) &&
    wide.pattern !== undefined &&
    narrow.pattern !== undefined &&
    patternCovers(wide.pattern, narrow.pattern)
  )
}

/** Whether every path that matches `narrow` matches `wide`. */
export function patternCovers(wide: PathPattern, narrow: PathPattern): boolean {
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
