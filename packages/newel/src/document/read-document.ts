import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import {
  maxDocumentBytes,
  parsePolicyDocument,
  policyDocumentFromObject,
} from '@newel/policy-document'
import type { PolicyDocumentResult } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'
import type { DocumentFile } from './document-file.ts'

/** Reads YAML, JSON, or the default export of a module. @throws CommandError where the file cannot be read at all. */
export async function readDocument(file: DocumentFile): Promise<PolicyDocumentResult> {
  const fileName = file.shown
  if (/\.[cm]?[jt]s$/.test(file.path)) {
    return policyDocumentFromObject(await defaultExportOf(file), { fileName })
  }
  return parsePolicyDocument(await textOf(file), { fileName })
}

/** One byte over the limit is enough for the parser to refuse the rest. */
async function textOf(file: DocumentFile): Promise<string> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of createReadStream(file.path, { end: maxDocumentBytes })) {
      chunks.push(Buffer.from(chunk as Uint8Array))
    }
    return Buffer.concat(chunks).toString('utf8')
  } catch (error) {
    throw unreadable(file, error)
  }
}

async function defaultExportOf(file: DocumentFile): Promise<unknown> {
  let module: unknown
  try {
    await stat(file.path)
  } catch (error) {
    throw unreadable(file, error)
  }
  try {
    module = await import(pathToFileURL(file.path).href)
  } catch (error) {
    throw new CommandError(
      'document_unreadable',
      `\`${file.shown}\` cannot be loaded: ${firstLine(error)}`,
      'run it with node to see where it fails',
      { cause: error },
    )
  }
  if (typeof module === 'object' && module !== null && 'default' in module) return module.default
  throw new CommandError(
    'document_unreadable',
    `\`${file.shown}\` has no default export`,
    'write `export default { issuer: …, levels: … }`',
  )
}

function unreadable({ shown }: DocumentFile, cause: unknown): CommandError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  const options = { cause }
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new CommandError(
        'document_missing',
        `there is no file \`${shown}\``,
        'name the policy document with -c FILE',
        options,
      )
    case 'EISDIR':
      return new CommandError(
        'document_unreadable',
        `\`${shown}\` is a folder`,
        'name the policy document in it',
        options,
      )
    case 'EACCES':
    case 'EPERM':
      return new CommandError(
        'document_unreadable',
        `\`${shown}\` may not be read by this user`,
        'give the user read access to it',
        options,
      )
    default:
      return new CommandError(
        'document_unreadable',
        `\`${shown}\` cannot be read: ${firstLine(cause)}`,
        'check the file and its disk',
        options,
      )
  }
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error)
  return text.split('\n', 1)[0] ?? ''
}
