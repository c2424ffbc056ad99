import { type PathPattern, type RuleDefinition, compilePathPattern } from '@newel/policy'
import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** A rule that never decides, because one before it takes every request that it would match. */
export function findShadowedRules(document: PolicyDocument): readonly Discovery[] {
  const before = new WiderPatterns()
  return document.ruleDefinitions.flatMap((rule, index): readonly Discovery[] => {
    const compiled = compilePathPattern(rule.path)
    if (!compiled.ok) return []
    const earlier = before
      .over(compiled.pattern)
      .toSorted((a, b) => a - b)
      .find((position) => covers(document.ruleDefinitions[position], rule))
    // A rule with a condition lets some requests pass, and so shadows nothing.
    if (rule.when === undefined) before.add(compiled.pattern, index)
    if (earlier === undefined) return []
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

/** Every host and method of `narrow` is one of `wide`. */
function covers(wide: RuleDefinition | undefined, narrow: RuleDefinition): boolean {
  return (
    wide !== undefined &&
    (wide.host === undefined || wide.host === narrow.host) &&
    (wide.methods === undefined ||
      narrow.methods?.every((method) => wide.methods?.includes(method)) === true)
  )
}

interface Node {
  readonly literal: Map<string, Node>
  any?: Node
  /** Positions of the patterns that end here. */
  readonly exact: number[]
  /** Positions of the patterns that take all below. */
  readonly below: number[]
}

/** Patterns by their segments: thousands of rules are compared without comparing each with each. */
export class WiderPatterns {
  readonly #root = emptyNode()

  add(pattern: PathPattern, position: number): void {
    let node = this.#root
    for (const segment of pattern.segments) {
      if (segment.kind === 'any') {
        node.any ??= emptyNode()
        node = node.any
      } else {
        const next = node.literal.get(segment.value) ?? emptyNode()
        node.literal.set(segment.value, next)
        node = next
      }
    }
    node[pattern.below ? 'below' : 'exact'].push(position)
  }

  /** Positions of the patterns that match every path that this one matches. */
  over(narrow: PathPattern): readonly number[] {
    const found: number[] = []
    let reached: readonly Node[] = [this.#root]
    for (const segment of narrow.segments) {
      found.push(...reached.flatMap((node) => node.below))
      reached = reached.flatMap((node) => {
        if (segment.kind === 'any') return node.any ?? []
        // A wildcard stands for a segment that is there; the root path has none.
        return [
          node.literal.get(segment.value) ?? [],
          (segment.value !== '' && node.any) || [],
        ].flat()
      })
    }
    return [
      ...found,
      ...reached.flatMap(({ below, exact }) => (narrow.below ? below : [...below, ...exact])),
    ]
  }
}

function emptyNode(): Node {
  return { literal: new Map(), exact: [], below: [] }
}
