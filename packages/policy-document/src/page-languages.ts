/** The languages that the pages speak, as BCP 47 tags; the provider has the words. */
export const pageLanguages = ['en', 'de', 'fr'] as const

export type PageLanguage = (typeof pageLanguages)[number]
