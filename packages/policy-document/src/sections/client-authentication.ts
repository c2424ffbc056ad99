import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'
import type { ClientConfig, Stated } from './clients-section.ts'
import { type SecretReference, readSecretReference } from './secret-reference.ts'

export function readAuthentication(
  { id, authentication, profile }: Stated,
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): ClientConfig['authentication'] {
  if (type === 'confidential') {
    return authentication ?? (profile === 'fapi2' ? 'private_key_jwt' : 'secret')
  }
  if (authentication !== undefined) {
    problems.add({
      code: 'unexpected_authentication',
      path: [...path, 'authentication'],
      at: 'key',
      message: `the client \`${id}\` is \`${type}\` and cannot authenticate`,
      mend: 'remove `authentication`, or make it `type: confidential`',
    })
  }
  return 'none'
}

export function readSecret(
  secret: Stated['secret'],
  id: string,
  type: ClientConfig['type'],
  authentication: ClientConfig['authentication'],
  path: Path,
  problems: ProblemList,
): SecretReference | undefined {
  if (type !== 'confidential') {
    if (secret === undefined) return undefined
    problems.add({
      code: 'unexpected_secret',
      path: [...path, 'secret'],
      at: 'key',
      message: `the client \`${id}\` is \`${type}\` and cannot keep a secret`,
      mend: 'remove `secret`, or make it `type: confidential`',
    })
    return undefined
  }
  if (authentication !== 'secret') {
    if (secret === undefined) return undefined
    problems.add({
      code: 'unexpected_secret',
      path: [...path, 'secret'],
      at: 'key',
      message: `the client \`${id}\` authenticates by its key and has no use for a secret`,
      mend: 'remove `secret`, or write `authentication: secret`',
    })
    return undefined
  }
  if (secret === undefined) {
    problems.add({
      code: 'missing_secret',
      path,
      message: `the confidential client \`${id}\` has no secret`,
      mend: 'add `secret: { env: NAME_OF_A_VARIABLE }` or `secret: { file: path }`',
    })
    return undefined
  }
  return readSecretReference(secret, 'a secret', [...path, 'secret'], problems)
}

/** RFC 6749 §4.4: only for clients that authenticate. */
export function readClientCredentials(
  { id, clientCredentials = false }: Stated,
  type: ClientConfig['type'],
  path: Path,
  problems: ProblemList,
): boolean {
  if (!clientCredentials || type === 'confidential') return clientCredentials
  problems.add({
    code: 'unexpected_client_credentials',
    path: [...path, 'clientCredentials'],
    at: 'key',
    message: `the client \`${id}\` is \`${type}\`: without authentication anybody could be it`,
    mend: 'remove `clientCredentials`, or make it `type: confidential`',
  })
  return false
}
