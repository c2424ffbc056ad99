import { PolicyError } from './errors.ts'
import { type PathPattern, canonicalPath, compilePathPattern } from './path-pattern.ts'
import type { Requirement } from './requirement.ts'

/** What a rule is matched against. */
export interface RuleRequest {
  readonly method: string
  /** Host name; a port and a final dot are passed over. */
  readonly host?: string
  /** The path without query. Matched in its canonical spelling. */
  readonly path: string
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
}

export interface RuleDefinition {
  readonly name?: string
  /** HTTP methods, any case. Absent: all. */
  readonly methods?: readonly string[]
  /** Host name without port, any case. Absent: all. */
  readonly host?: string
  /** `/admin/**` (the path itself and all below), `/accounts/*` (one segment), `/accounts/:id` (the same, named). */
  readonly path: string
  /** A further condition. One that throws leaves the rule undecidable. */
  readonly when?: (request: RuleRequest) => boolean
  /** `none`: matched, and no step-up is asked. */
  readonly require: Requirement | 'none'
}

export type RuleMatch =
  | { readonly kind: 'matched'; readonly index: number; readonly rule: RuleDefinition }
  | { readonly kind: 'unmatched' }
  /** The path has spellings that servers read differently. Whoever asks must refuse. */
  | { readonly kind: 'ambiguous'; readonly message: string }
  /** The rule that would decide could not be evaluated. Whoever asks must refuse. */
  | {
      readonly kind: 'undecidable'
      readonly index: number
      readonly rule: RuleDefinition
      readonly cause: unknown
    }

export interface Rules {
  readonly definitions: readonly RuleDefinition[]
  /** The first rule that matches. */
  match(request: RuleRequest): RuleMatch
}

/** @throws PolicyError `invalid_pattern` on a path that no canonical request could match. */
export function compileRules(definitions: readonly RuleDefinition[]): Rules {
  const root = emptyNode()
  const compiled = definitions.map((rule, index) => {
    const pattern = compilePathPattern(rule.path)
    if (!pattern.ok)
      throw new PolicyError('invalid_pattern', `rules[${index}].match.path`, pattern.message)
    insert(root, pattern.pattern, index)
    return {
      rule,
      methods: rule.methods && new Set(rule.methods.map((method) => method.toUpperCase())),
      host: rule.host === undefined ? undefined : canonicalHost(rule.host),
    }
  })
  return {
    definitions,
    match(request) {
      const method = request.method.toUpperCase()
      const host = request.host === undefined ? undefined : canonicalHost(request.host)
      const canonical = canonicalPath(request.path)
      if (!canonical.ok) return { kind: 'ambiguous', message: canonical.message }
      for (const index of candidates(root, canonical.path.split('/').slice(1))) {
        const entry = compiled[index]
        if (entry === undefined) continue
        const { rule } = entry
        if (entry.methods !== undefined && !entry.methods.has(method)) continue
        if (entry.host !== undefined && entry.host !== host) continue
        try {
          if (rule.when === undefined || rule.when(request)) return { kind: 'matched', index, rule }
        } catch (cause) {
          return { kind: 'undecidable', index, rule, cause }
        }
      }
      return { kind: 'unmatched' }
    },
  }
}

/** `Example.COM.:443` and `example.com` are one host: a spelling must not slip past a rule. */
function canonicalHost(host: string): string {
  const port = /^(?:\[[^\]]*\]|[^:]*)(:\d*)$/.exec(host)?.[1] ?? ''
  return host
    .slice(0, host.length - port.length)
    .replace(/\.$/, '')
    .toLowerCase()
}

/** Patterns share their leading segments, so the cost of a match grows with the path and not with the rules. */
interface Node {
  readonly literal: Map<string, Node>
  any: Node | undefined
  /** Rules that end here. */
  readonly exact: number[]
  /** Rules that take all below. */
  readonly below: number[]
}

function emptyNode(): Node {
  return { literal: new Map(), any: undefined, exact: [], below: [] }
}

function insert(root: Node, pattern: PathPattern, index: number): void {
  let node = root
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
  if (pattern.below) node.below.push(index)
  else node.exact.push(index)
}

/** Indices of the rules whose path matches, in the order of the document. */
function candidates(root: Node, segments: readonly string[]): readonly number[] {
  const found: number[] = []
  let reached: Node[] = [root]
  for (const segment of segments) {
    for (const node of reached) found.push(...node.below)
    reached = reached.flatMap((node) => [
      ...(node.literal.get(segment) ? [node.literal.get(segment) as Node] : []),
      ...(node.any !== undefined && segment !== '' ? [node.any] : []),
    ])
  }
  for (const node of reached) found.push(...node.exact, ...node.below)
  return found.toSorted((a, b) => a - b)
}
