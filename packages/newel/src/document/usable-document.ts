import type { Finding, PolicyDocument, Problem } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'
import type { DocumentFile } from './document-file.ts'
import { readDocument } from './read-document.ts'

export interface UsableDocument {
  readonly document: PolicyDocument
  readonly findings: readonly Finding[]
}

/** For commands that need a document and do not judge it. @throws CommandError `document_refused` on the first problem. */
export async function usableDocument(file: DocumentFile): Promise<UsableDocument> {
  const result = await readDocument(file)
  if (result.ok) return result
  throw refused(file, result.problems)
}

/** For serving: a finding of severity `error` would meet the first person who signs in. */
export async function servableDocument(file: DocumentFile): Promise<UsableDocument> {
  const usable = await usableDocument(file)
  const grave = usable.findings.filter(({ severity }) => severity === 'error')
  if (grave.length > 0) throw refused(file, grave)
  return usable
}

function refused(file: DocumentFile, problems: readonly Problem[]): CommandError {
  const [first, ...others] = problems
  if (!first) throw new TypeError('a refused document has a problem')
  const place = [file.shown, first.line, first.column].filter((part) => part !== undefined)
  const at = first.line === undefined && first.path !== '' ? ` ${first.path}:` : ''
  const more =
    others.length === 0
      ? ''
      : ` (and ${others.length} more: \`newel check -c ${file.shown}\` shows them)`
  return new CommandError(
    'document_refused',
    `${place.join(':')}:${at} ${first.message}`,
    `${first.mend}${more}`,
  )
}
