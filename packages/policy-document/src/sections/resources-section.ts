import { checkShape } from '../shape/check-shape.ts'
import { resourceShape } from '../shape/resource-shape.ts'
import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { itemsOf, positiveSecondsOf } from './section.ts'
import { resourceIdFault } from './uris.ts'

/** An API that receives access tokens. */
export interface ResourceConfig {
  /** The audience of its access tokens: an absolute URI. RFC 8707. */
  readonly id: string
  readonly name: string
  /** Scope to the sentence that says what it allows. */
  readonly scopes: ReadonlyMap<string, string>
  readonly accessTokenLifetimeSeconds: number
  /** `jwt`: RFC 9068. `opaque`: read by introspection alone (RFC 7662). */
  readonly accessTokenFormat: 'jwt' | 'opaque'
}

/** Scopes with a meaning of their own, which no resource may give another. OIDC Core §5.4, §11. */
export const openidScopes = [
  'openid',
  'profile',
  'email',
  'address',
  'phone',
  'offline_access',
] as const

export function readResources(value: unknown, problems: ProblemList): readonly ResourceConfig[] {
  const ids = new Set<string>()
  return itemsOf(value, ['resources'], problems).flatMap(([item, path]) => {
    const resource = checkShape(resourceShape, item, path, problems)
    if (resource === undefined) return []
    checkId(resource.id, [...path, 'id'], ids, problems)
    ids.add(resource.id)
    const scopes = new Map(Object.entries(resource.scopes ?? {}))
    for (const scope of scopes.keys()) checkScope(scope, [...path, 'scopes', scope], problems)
    return [
      {
        id: resource.id,
        name: resource.name ?? resource.id,
        scopes,
        accessTokenLifetimeSeconds: positiveSecondsOf(
          resource.accessTokenLifetime,
          [...path, 'accessTokenLifetime'],
          problems,
          300,
        ),
        accessTokenFormat: resource.accessTokenFormat ?? 'jwt',
      },
    ]
  })
}

function checkId(id: string, path: Path, ids: ReadonlySet<string>, problems: ProblemList): void {
  const fault = resourceIdFault(id)
  if (fault) problems.add({ code: 'invalid_resource', path, ...fault })
  if (!ids.has(id)) return
  problems.add({
    code: 'duplicate_resource',
    path,
    message: `two resources have the id \`${id}\``,
    mend: 'give each its own id, or join them',
  })
}

function checkScope(scope: string, path: Path, problems: ProblemList): void {
  if (openidScopes.some((reserved) => reserved === scope)) {
    problems.add({
      code: 'reserved_name',
      path,
      at: 'key',
      message: `the scope \`${scope}\` belongs to OpenID Connect`,
      mend: 'choose another name',
    })
  } else if (!/^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)) {
    // RFC 6749 appendix A.4.
    problems.add({
      code: 'invalid_scope',
      path,
      at: 'key',
      message: `the scope \`${scope}\` must be printable ASCII without spaces, quotes or backslashes`,
      mend: 'join words with `:` or `.`, such as `transfers:write`',
    })
  }
}
