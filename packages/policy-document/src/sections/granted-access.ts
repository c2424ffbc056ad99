import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import { suggest } from '../suggestion.ts'
import type { Stated } from './clients-section.ts'
import { type ResourceConfig, openidScopes } from './resources-section.ts'

/** What a client may ask for, of what the document has. */

export function grantedResources(
  stated: Pick<Stated, 'resources'>,
  resources: readonly ResourceConfig[],
  path: Path,
  problems: ProblemList,
): readonly ResourceConfig[] {
  return (stated.resources ?? []).flatMap((id, index) => {
    const found = resources.find((resource) => resource.id === id)
    if (found) return [found]
    problems.add({
      code: 'undeclared_resource',
      path: [...path, index],
      message: `no resource \`${id}\` is declared`,
      mend: suggest(
        id,
        resources.map((resource) => resource.id),
        'declare it under `resources`',
      ),
    })
    return []
  })
}

export function grantedScopes(
  stated: Pick<Stated, 'id' | 'scopes'>,
  granted: readonly ResourceConfig[],
  path: Path,
  problems: ProblemList,
): readonly string[] {
  const ofResources = granted.flatMap((resource) => [...resource.scopes.keys()])
  if (stated.scopes === undefined) return [...new Set(['openid', ...ofResources])]
  const known = [...openidScopes, ...ofResources]
  for (const [index, scope] of stated.scopes.entries()) {
    if (known.includes(scope)) continue
    problems.add({
      code: 'undeclared_scope',
      path: [...path, index],
      message: `no resource of the client \`${stated.id}\` has the scope \`${scope}\``,
      mend: suggest(scope, known, ''),
    })
  }
  return [...new Set(['openid', ...stated.scopes])]
}
