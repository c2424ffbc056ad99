import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { ProviderLogger } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'
import type { DocumentFile } from './document-file.ts'
import { servableDocument } from './usable-document.ts'

/** Serves the document from now on, or throws and changes nothing. */
export type TakeDocument = (document: PolicyDocument) => Promise<void>

/** Follows the file of a document that is being served. Neither way throws: what is refused is logged, once for each reason. */
export interface DocumentReload {
  /** Takes the file up where its text is not the one that is served; one that was refused is tried again. */
  whenChanged(take: TakeDocument): Promise<void>
  /** Takes it up as it is, with the secrets and the logo that it names, which may have changed without it. */
  now(take: TakeDocument): Promise<void>
}

/** To be made before the document is read for the first time, so that no change falls in between. */
export async function createDocumentReload(options: {
  readonly file: DocumentFile
  readonly logger: ProviderLogger
}): Promise<DocumentReload> {
  const { file, logger } = options
  let served = await digestOf(file)
  let told: string | undefined
  let turn: Promise<void> = Promise.resolve()

  async function takeUp(take: TakeDocument, digest: string | undefined): Promise<void> {
    try {
      const { document } = await servableDocument(file)
      await take(document)
      served = digest
      told = undefined
      logger.info({ file: file.shown }, 'the policy document was taken up')
    } catch (error) {
      const reason = describe(error)
      if (reason === told) return
      told = reason
      logger.error(
        { file: file.shown, error: reason },
        'the policy document is refused, and the one before stays',
      )
    }
  }

  /** One after the other: the one that was read last is the one that is served. */
  async function inTurn(step: () => Promise<void>): Promise<void> {
    const mine = turn.then(step)
    turn = mine
    return mine
  }

  return {
    whenChanged: async (take) =>
      inTurn(async () => {
        const digest = await digestOf(file)
        // A file that is not there is one that an editor is just replacing.
        if (digest !== undefined && digest !== served) await takeUp(take, digest)
      }),
    now: async (take) => inTurn(async () => takeUp(take, await digestOf(file))),
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
