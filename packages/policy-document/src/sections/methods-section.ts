import type { LevelDefinition, Method, MethodDefinition } from '@newel/policy'
import { isMethodName, methodNames } from '../method-names.ts'
import { checkShape } from '../shape/check-shape.ts'
import { methodShape } from '../shape/method-shape.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import { isFederated } from '../upstream-method.ts'
import { entriesOf, secondsOf } from './section.ts'
import { type UpstreamConfig, methodsOfUpstream } from './upstreams-section.ts'

export interface MethodConfig {
  /** Whether the provider offers it. */
  readonly enabled: boolean
  /** How long one proof stays live, in seconds. Absent: the longest lifetime of the levels that accept the method. */
  readonly lifetimeSeconds?: number
  /** Name of the level above which no level may accept the method. Absent: none. */
  readonly highest?: string
}

export interface MethodsSection {
  /** What the document says of methods; those it does not mention are missing. */
  readonly stated: ReadonlyMap<
    Method,
    { readonly enabled?: boolean; readonly lifetimeSeconds?: number; readonly highest?: string }
  >
  readonly lifetimes: ReadonlyMap<Method, MethodDefinition>
}

export function readMethods(
  value: unknown,
  upstreams: readonly UpstreamConfig[],
  problems: ProblemList,
): MethodsSection {
  const stated = new Map<
    Method,
    { enabled?: boolean; lifetimeSeconds?: number; highest?: string }
  >()
  for (const [name, entry, path] of entriesOf(value, ['methods'], problems)) {
    if (!isMethodName(name)) {
      problems.add({
        code: 'unknown_method',
        path,
        at: 'key',
        message: `unknown method \`${name}\``,
        mend: suggest(name, methodNames, ''),
      })
      continue
    }
    const method = checkShape(methodShape, entry, path, problems)
    if (method === undefined) continue
    const lifetimeSeconds = secondsOf(method.lifetime, [...path, 'lifetime'], problems, undefined)
    stated.set(name, {
      ...(method.enabled !== undefined && { enabled: method.enabled }),
      ...(lifetimeSeconds !== undefined && { lifetimeSeconds }),
      ...(method.highest !== undefined && { highest: method.highest }),
    })
  }
  const lifetimes = new Map<Method, MethodDefinition>()
  for (const [name, { lifetimeSeconds }] of stated) {
    if (lifetimeSeconds === undefined) continue
    const narrower = name === 'federated' ? upstreams.flatMap(methodsOfUpstream) : []
    for (const method of [name, ...narrower]) lifetimes.set(method, { lifetimeSeconds })
  }
  return { stated, lifetimes }
}

/**
 * Every known method; one that the document is silent about is offered where a level accepts it. Those of upstreams stand
 * and fall with `federated`, which nobody can prove without an upstream.
 */
export function settleMethods(
  { stated }: MethodsSection,
  levels: readonly LevelDefinition[],
  upstreams: readonly UpstreamConfig[],
): ReadonlyMap<Method, MethodConfig> {
  const accepted = levels.flatMap((level) => level.accepts.flat())
  const settled = new Map<Method, MethodConfig>(
    methodNames.map((name) => [name, { enabled: accepted.includes(name), ...stated.get(name) }]),
  )
  const federated = stated.get('federated')
  const enabled =
    upstreams.length > 0 && (federated?.enabled ?? accepted.some((name) => isFederated(name)))
  settled.set('federated', { ...federated, enabled })
  for (const name of upstreams.flatMap(methodsOfUpstream)) settled.set(name, { enabled })
  return settled
}
