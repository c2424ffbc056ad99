import { describe, expect, test } from 'vitest'
import { locales } from './locale.ts'
import { previews, previewsIn } from './preview-states.ts'

/** Names that are the same in every language, or come from outside. */
const outside = new Set([
  'Northgate ID',
  'Northgate Bank',
  'ada@example.com',
  'Example Company',
  ': Example Company',
])

/** What a person reads or hears: texts between tags and the attributes that speak. */
function phrases(page: string): string[] {
  const texts = [...page.matchAll(/>([^<]+)</g)].map(([, text]) => text!)
  const spoken = [...page.matchAll(/\s(?:aria-label|data-text-[a-z-]+)="([^"]*)"/g)].map(
    ([, text]) => text!,
  )
  return [...texts, ...spoken].map((text) => text.replace(/\s+/g, ' ').trim())
}

const english = new Set(
  Object.values(previews)
    .flatMap(phrases)
    // Two English words at least: single ones may be loans, such as “Passkey”.
    .filter((phrase) => /[A-Za-z]{2,} [A-Za-z]{2,}/.test(phrase) && !outside.has(phrase)),
)

/** Given by the preview as a relying party or document would. */
const given = Object.values(previews)
  .flatMap(phrases)
  .filter((phrase) => /^(See your|Back to Northgate Bank|The International|JBSW Y3DP)/.test(phrase))

describe.each(locales.filter((locale) => locale !== 'en'))('in %s', (locale) => {
  test.each(Object.entries(previewsIn(locale)))('%s says nothing in English', (_, page) => {
    expect(page).toContain(`<html lang="${locale}">`)
    expect(
      phrases(page).filter((phrase) => english.has(phrase) && !given.includes(phrase)),
    ).toEqual([])
  })
})
