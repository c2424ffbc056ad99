import { frenchSpacing } from './french-spacing.ts'

/** The languages that the pages speak, as BCP 47 tags. The first one is the source of the others. */
export const locales = ['en', 'de', 'fr'] as const

export type Locale = (typeof locales)[number]

/** Spoken where nothing known was asked for. */
export const defaultLocale: Locale = 'en'

/** Whoever speaks to a person: absent is the default locale. */
export interface Spoken {
  readonly locale?: Locale
  /** What people call the upstream providers, by id. Absent: there are none. */
  readonly upstreamNames?: ReadonlyMap<string, string>
}

/**
 * The words of one page in every language. The shape is that of the English ones: a missing sentence or parameter is a
 * type error. A sentence with parameters is a function. French is written with plain spaces; see `french-spacing.ts`.
 */
export function wordsIn<Words>(
  words: { readonly en: Words } & Readonly<Record<Exclude<Locale, 'en'>, NoInfer<Words>>>,
): (spoken: Spoken) => Words {
  const spoken = { ...words, fr: frenchSpacing(words.fr) }
  return ({ locale = defaultLocale }) => spoken[locale]
}

/** Longest list of languages that is read, in characters: what a browser sends is shorter by far. */
const longestList = 1_000

/**
 * The language for a person: the first of the request's `ui_locales` (OIDC Core §3.1.2.1) that the pages speak, else the
 * best of `Accept-Language` (RFC 9110 §12.5.4), both by RFC 4647 §3.4 lookup; else the default. Never throws: what is no
 * language is passed over.
 */
export function localeOf(
  uiLocales: unknown,
  acceptLanguage: string | undefined,
  fallback: Locale = defaultLocale,
): Locale {
  const asked =
    typeof uiLocales === 'string' ? uiLocales.slice(0, longestList).split(/\s+/).map(lookUp) : []
  return (
    asked.find((locale) => locale !== undefined) ?? accepted(acceptLanguage, fallback) ?? fallback
  )
}

/** A range of quality 0 is refused, and the order decides among equals. */
function accepted(header: string | undefined, fallback: Locale): Locale | undefined {
  const ranges = (header ?? '')
    .slice(0, longestList)
    .split(',')
    .map((range) => /^\s*([A-Za-z0-9-]+|\*)\s*(?:;\s*q=([01](?:\.\d{0,3})?)\s*)?$/i.exec(range))
    .filter((match) => match !== null)
    .map(([, range = '', quality]) => ({
      locale: range === '*' ? fallback : lookUp(range),
      quality: Math.min(1, Number(quality ?? 1)),
    }))
  return ranges
    .filter(({ locale, quality }) => locale !== undefined && quality > 0)
    .toSorted((one, other) => other.quality - one.quality)[0]?.locale
}

/** RFC 4647 §3.4: the subtags are taken off from the end until a language is left that the pages speak. */
function lookUp(range: string): Locale | undefined {
  const [language = ''] = range.toLowerCase().split('-')
  return locales.find((locale) => locale === language)
}
