import type { People } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import { CommandError } from '../command-error.ts'
import { documentFile } from '../document/document-file.ts'
import { usableDocument } from '../document/usable-document.ts'
import { resolveMailPassword } from '../provider/mail-password.ts'
import type { OpenData } from '../provider/open-data.ts'
import type { peopleOf as PeopleOf } from '../provider/people-of.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

/**
 * Runs `work` on the people of a provider and closes its data, however it ends. Who is to be told of it by mail is told
 * before that.
 */
export async function onPeople<Result>(
  options: DataOptions,
  surroundings: Surroundings,
  { create }: { readonly create: boolean },
  work: (people: People, data: OpenData) => Promise<Result>,
): Promise<Result> {
  const file = documentFile(surroundings.cwd, options.config)
  const { document } = await usableDocument(file)
  const { peopleOf } = await import('../provider/people-of.ts')
  const mail = await mailOf(document, file.directory, surroundings)
  return onData(options, surroundings, { create }, async (data) => {
    const people = peopleOf(document, data, { ...surroundings, ...mail })
    try {
      return await work(people, data)
    } finally {
      await people.close()
    }
  })
}

/** Whoever may change an account need not have the password of the mail server: the change is made, and nobody told. */
async function mailOf(
  document: PolicyDocument,
  directory: string,
  surroundings: Surroundings,
): Promise<Pick<Parameters<typeof PeopleOf>[2], 'mailer' | 'logger'>> {
  const logger = {
    warn: (_facts: object, message: string): void =>
      surroundings.warn(`newel: warning: ${message}`),
  }
  try {
    const mailPassword = await resolveMailPassword(document, { env: surroundings.env, directory })
    const { mailerOf } = await import('../provider/mailer-of.ts')
    const found = { document, logger, ...(mailPassword !== undefined && { mailPassword }) }
    return { ...mailerOf(found), logger }
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    surroundings.warn(`newel: warning: nobody is told by mail: ${error.message}`)
    return {}
  }
}
