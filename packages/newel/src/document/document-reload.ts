import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ProviderLogger } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'
import type { DocumentFile } from './document-file.ts'
import { servableDocument } from './usable-document.ts'

/** Follows the file of a document that is being served. */
export interface DocumentReload {
  /** Takes up the file where its text changed since it was last looked at. Never throws: the one before stays. */
  whenChanged(): Promise<void>
}

export async function createDocumentReload(options: {
  readonly file: DocumentFile
  readonly logger: ProviderLogger
  /** Serves the document from now on, or throws and changes nothing. */
  readonly take: (document: PolicyDocument) => Promise<void>
}): Promise<DocumentReload> {
  const { file, logger, take } = options
  let known = await digestOf(file)
  return {
    async whenChanged() {
      const digest = await digestOf(file)
      // A file that is not there is one that an editor is just replacing.
      if (digest === undefined || digest === known) return
      known = digest
      try {
        const { document } = await servableDocument(file)
        await take(document)
        logger.info({ file: file.shown }, 'the changed policy document is served')
      } catch (error) {
        logger.error(
          { file: file.shown, error: describe(error) },
          'the changed policy document is refused, and the one before stays',
        )
      }
    },
  }
}

/** Absent where the file cannot be read. */
async function digestOf({ path }: DocumentFile): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(path))
      .digest('base64url')
  } catch {
    return undefined
  }
}

function describe(error: unknown): string {
  if (error instanceof CommandError) return `${error.message}; ${error.mend}`
  return error instanceof Error ? error.message : String(error)
}
