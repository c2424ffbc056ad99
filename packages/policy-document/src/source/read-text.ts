import { type Document, LineCounter, parseAllDocuments } from 'yaml'
import { maxDocumentBytes, maxSyntaxProblems } from './limits.ts'
import { type Place, TextPositions } from './text-positions.ts'
import { ProblemList } from './problem-list.ts'
import { readNodes } from './read-nodes.ts'

export interface ReadOptions {
  /** Names the file in problems. */
  readonly fileName?: string
  /** Absent: `json` where the file name ends so, else `yaml`. */
  readonly format?: 'yaml' | 'json'
}

export interface Reading {
  /** Plain data. Meaningless where there are problems. */
  readonly value: unknown
  readonly problems: ProblemList
}

const byteOrderMark = '\uFEFF'

/** From text to plain data, each value with its place. */
export function readText(source: string, options: ReadOptions): Reading {
  const lines = new LineCounter()
  const places = new Map<string, Place>()
  const text = source.startsWith(byteOrderMark) ? source.slice(1) : source
  const positions = new TextPositions(text, lines, places)
  const problems = new ProblemList(positions, options.fileName)
  if (exceeds(source, maxDocumentBytes)) {
    problems.add({
      code: 'document_too_large',
      path: [],
      message: `the document is larger than ${maxDocumentBytes} bytes`,
      mend: 'a policy is a page or two: is this the right file?',
    })
    return { value: undefined, problems }
  }
  if (text !== source) {
    problems.addFinding('warning', {
      code: 'byte_order_mark',
      path: [],
      message: 'the document starts with a byte order mark',
      mend: 'save it as UTF-8 without one',
    })
  }
  const format = options.format ?? (options.fileName?.endsWith('.json') ? 'json' : 'yaml')
  // Unique keys are checked while reading nodes: the parser compares each with each, a minute for 600 kB.
  const documents = parseAllDocuments(text, {
    lineCounter: lines,
    prettyErrors: false,
    uniqueKeys: false,
    stringKeys: true,
    logLevel: 'silent',
    resolveKnownTags: false,
  })
  const document: Document.Parsed | undefined = documents[0]
  if (text.trim() === '' || document === undefined || document.contents === null) {
    problems.add({
      code: 'empty_document',
      path: [],
      message: 'the document is empty',
      mend: 'start with `issuer:` and `levels:`',
    })
    return { value: undefined, problems }
  }
  if (format === 'json') addJsonProblem(text, problems, positions)
  else addYamlProblems(documents, problems, positions)
  if (problems.count > 0) return { value: undefined, problems }
  return { value: readNodes(document, places, problems), problems }
}

function exceeds(text: string, bytes: number): boolean {
  // A UTF-16 unit takes one to three bytes of UTF-8.
  if (text.length > bytes) return true
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes
}

function addYamlProblems(
  documents: readonly Document.Parsed[],
  problems: ProblemList,
  positions: TextPositions,
): void {
  const seen = new Set<number>()
  for (const error of documents.flatMap((document) => document.errors)) {
    const [offset] = error.pos
    if (seen.has(offset) || seen.size >= maxSyntaxProblems) continue
    seen.add(offset)
    const position = positions.at(offset)
    if (error.code === 'TAB_AS_INDENT') {
      problems.add({
        code: 'tab_indentation',
        path: [],
        position,
        message: 'a tab is used as indentation',
        mend: 'indent with spaces',
      })
    } else if (error.code === 'RESOURCE_EXHAUSTION') {
      problems.add({
        code: 'too_deep',
        path: [],
        position,
        message: 'the document is nested too deep to read',
        mend: 'close the brackets that were left open',
      })
      // All errors after this one are about the brackets that it gave up on.
      break
    } else {
      problems.add({
        code: 'yaml_syntax',
        path: [],
        position,
        message: oneLine(error.message),
        mend: mendSyntax(error.code),
      })
    }
  }
  const second = documents[1]
  if (second !== undefined) {
    problems.add({
      code: 'multiple_documents',
      path: [],
      position: positions.at(second.range[0]),
      message: 'the file holds more than one document',
      mend: 'remove the `---` line and what follows, or use one file each',
    })
  }
}

function mendSyntax(code: Document.Parsed['errors'][number]['code']): string {
  switch (code) {
    case 'BAD_INDENT':
      return 'align it with its siblings, and close every bracket'
    case 'BLOCK_AS_IMPLICIT_KEY':
    case 'MULTILINE_IMPLICIT_KEY':
      return 'put quotes around a value that holds `: `, or start the mapping on its own line'
    case 'BAD_SCALAR_START':
      return 'put quotes around the value'
    case 'NON_STRING_KEY':
      return 'use a word as the key'
    case 'MISSING_CHAR':
      return 'add what is missing: a closing quote or bracket, or `: ` after a key'
    default:
      return 'look at this line and the one before it'
  }
}

function addJsonProblem(text: string, problems: ProblemList, positions: TextPositions): void {
  try {
    JSON.parse(text)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    const found = /at position (\d+)/.exec(message)?.[1]
    const offset = found === undefined ? text.trimEnd().length : Number(found)
    const position = positions.at(offset)
    problems.add({
      code: 'json_syntax',
      path: [],
      position,
      message: `not JSON: ${oneLine(message.replace(/ (?:in JSON )?at position .*$/s, '')).slice(0, 200)}`,
      mend: 'strings and keys need double quotes; no comments, no comma after the last item',
    })
  }
}

function oneLine(message: string): string {
  const line = message.replaceAll(/\s+/g, ' ').trim()
  return line.charAt(0).toLowerCase() + line.slice(1)
}
