import { type Path, renderPath } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import type { ClientConfig, Stated } from './clients-section.ts'
import { redirectUriFault } from './uris.ts'

export function checkUris(
  uris: readonly string[],
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): void {
  for (const [index, uri] of uris.entries()) {
    const fault = redirectUriFault(uri, type)
    if (fault) problems.add({ code: 'invalid_redirect_uri', path: [...path, index], ...fault })
  }
}

/** A client comes back to an address, or asks from a device that has no browser, or both. */
export function checkFlows(
  { deviceFlow = false, redirectUris }: Stated,
  type: ClientConfig['type'],
  statesUris: boolean,
  path: Path,
  problems: ProblemList,
): void {
  if (deviceFlow && type === 'spa') {
    problems.add({
      code: 'device_flow_in_browser',
      path: [...path, 'deviceFlow'],
      message: 'a `spa` has a browser and needs no other device to sign in',
      mend: 'remove `deviceFlow`, or make the client `type: public` or `type: confidential`',
    })
  }
  // Those that are refused have their own problem.
  if (deviceFlow || type === 'confidential') return
  if (statesUris || redirectUris !== undefined) return
  const at = [...path, 'redirectUris']
  problems.add({
    code: 'missing_key',
    path: at,
    message: `\`${renderPath(at)}\` is missing`,
    mend: 'add `redirectUris`: a list with the address to which people come back',
  })
}

export function checkLogoutUri(uri: string | undefined, path: Path, problems: ProblemList): void {
  const fault = uri === undefined ? undefined : redirectUriFault(uri, 'confidential')
  if (fault) problems.add({ code: 'invalid_logout_uri', path, ...fault })
}

export function originsOf(uris: readonly string[]): readonly string[] {
  const origins = uris.flatMap((uri) => (URL.canParse(uri) ? [new URL(uri).origin] : []))
  return [...new Set(origins)]
}
