import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import type { ClientConfig, Stated } from './clients-section.ts'

/** What a client says that the FAPI 2.0 Security Profile (§5.3.2) rules out, each where it is said. */
export function checkFapi2(
  stated: Stated,
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): void {
  if (stated.profile !== 'fapi2') return
  const conflict = (key: keyof Stated, what: string, mend: string): void => {
    problems.add({
      code: 'profile_conflict',
      path: [...path, key],
      at: 'key',
      message: `\`profile: fapi2\` ${what}`,
      mend,
    })
  }
  // FAPI 2.0 Security Profile §5.3.2.1: confidential clients alone.
  if (type !== 'confidential') {
    const key = stated.type === undefined ? 'profile' : 'type'
    conflict(key, `is not for a \`${type}\` client`, 'make it `type: confidential`')
    return
  }
  if (stated.authentication === 'secret') {
    conflict('authentication', 'forbids shared secrets', 'write `authentication: private_key_jwt`')
  }
  if (stated.requirePushedRequests === false) {
    conflict('requirePushedRequests', 'needs pushed requests', 'remove the key')
  }
  if (stated.dpop === 'optional') {
    conflict('dpop', 'needs tokens that are bound to a key', 'remove the key')
  }
}
