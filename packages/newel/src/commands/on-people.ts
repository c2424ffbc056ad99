import type { People } from '@newel/identity-provider'
import { documentFile } from '../document/document-file.ts'
import { usableDocument } from '../document/usable-document.ts'
import type { OpenData } from '../provider/open-data.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

/** Runs `work` on the people of a provider and closes its data, however it ends. */
export async function onPeople<Result>(
  options: DataOptions,
  surroundings: Surroundings,
  { create }: { readonly create: boolean },
  work: (people: People, data: OpenData) => Promise<Result>,
): Promise<Result> {
  const file = documentFile(surroundings.cwd, options.config)
  const { document } = await usableDocument(file)
  const { peopleOf } = await import('../provider/people-of.ts')
  return onData(options, surroundings, { create }, async (data) =>
    work(peopleOf(document, data, surroundings), data),
  )
}
