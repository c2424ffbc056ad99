import type { Path } from '../source/path.ts'
import type { ProblemList } from '../source/problem-list.ts'

/** Where a secret is; the secret itself is never in the document. */
export type SecretReference =
  | { readonly env: string; readonly file?: never }
  | { readonly file: string; readonly env?: never }

interface Stated {
  readonly env?: string | undefined
  readonly file?: string | undefined
}

/** Absent: not exactly one place is stated. */
export function secretReferenceIn({ env, file }: Stated): SecretReference | undefined {
  if (env !== undefined && file === undefined) return { env }
  if (file !== undefined && env === undefined) return { file }
  return undefined
}

/** `what`: such as `a secret`, for the problem of one that is not in exactly one place. */
export function readSecretReference(
  stated: Stated,
  what: string,
  path: Path,
  problems: ProblemList,
): SecretReference | undefined {
  const reference = secretReferenceIn(stated)
  if (reference === undefined) {
    problems.add({
      code: 'ambiguous_secret',
      path,
      message: `${what} is either in an environment variable or in a file`,
      mend: 'write exactly one of `env` and `file`',
    })
  }
  return reference
}
