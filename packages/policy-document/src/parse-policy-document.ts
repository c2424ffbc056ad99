import { addFindings } from './findings/findings.ts'
import type { PolicyDocument } from './policy-document.ts'
import type { Finding, Problem } from './problem.ts'
import { readDocument } from './sections/document-section.ts'
import { copyData } from './source/data-copy.ts'
import { ProblemList, noPositions } from './source/problem-list.ts'
import { type ReadOptions, readText } from './source/read-text.ts'

export type PolicyDocumentResult =
  | {
      readonly ok: true
      readonly document: PolicyDocument
      /** Legal but wrong. */
      readonly findings: readonly Finding[]
    }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** Read the text of a document. Reports every problem, each with line, column and mend. Never throws on bad text. */
export function parsePolicyDocument(text: string, options: ReadOptions = {}): PolicyDocumentResult {
  const { value, problems } = readText(text, options)
  return resultOf(value, problems)
}

/** The same checks on a value, such as the default export of `newel.config.ts`; problems have paths instead of lines. */
export function policyDocumentFromObject(
  value: unknown,
  options: Pick<ReadOptions, 'fileName'> = {},
): PolicyDocumentResult {
  const problems = new ProblemList(noPositions, options.fileName)
  return resultOf(copyData(value, problems), problems)
}

function resultOf(value: unknown, problems: ProblemList): PolicyDocumentResult {
  // A value that was not read in full would only bring echoes.
  const document = problems.count === 0 ? readDocument(value, problems) : undefined
  if (document === undefined || problems.count > 0)
    return { ok: false, problems: problems.problems() }
  addFindings(document, problems)
  return { ok: true, document, findings: problems.findings() }
}
