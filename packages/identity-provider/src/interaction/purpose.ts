import type { Requirement } from '@newel/policy'
import { type Locale, wordsIn } from './pages/index.ts'

const words = wordsIn({
  en: (name: string) => `for “${name}”`,
  de: (name) => `für „${name}“`,
  fr: (name) => `pour « ${name} »`,
})

/**
 * What the person is about to do, as far as the request tells: the name of the one requirement of the document that asks
 * exactly this. Absent: none does, or several do.
 */
export function purposeOf(
  requirements: ReadonlyMap<string, Requirement>,
  requested: Requirement,
  locale: Locale = 'en',
): string | undefined {
  const names = [...requirements]
    .filter(([, stated]) => asksTheSame(stated, requested))
    .map(([name]) => name)
  const [name] = names
  return names.length === 1 && name !== undefined
    ? words({ locale })(name.replaceAll(/[-_]+/g, ' ').trim())
    : undefined
}

function asksTheSame(stated: Requirement, requested: Requirement): boolean {
  return (
    stated.maxAgeSeconds === requested.maxAgeSeconds &&
    stated.acrValues.length === requested.acrValues.length &&
    stated.acrValues.every((acr, at) => acr === requested.acrValues[at])
  )
}
