import { describe, expect, it } from 'vitest'
import { localeOf } from './locale.ts'

describe('the language of the pages', () => {
  it.each([
    [undefined, undefined, 'en'],
    ['de', 'fr', 'de'],
    ['ja fr-CA de', 'de', 'fr'],
    ['ja', 'de-AT,de;q=0.9,en;q=0.8', 'de'],
    [undefined, 'en;q=0.5, fr;q=0.8, de;q=0.7', 'fr'],
    [undefined, 'de, fr', 'de'],
    [undefined, 'de;q=0, fr;q=0.1', 'fr'],
    [undefined, 'ja, *;q=0.5, de;q=0.4', 'en'],
    [undefined, 'DE-ch-1996', 'de'],
    ['DE', undefined, 'de'],
    [undefined, 'deu, frx', 'en'],
  ])('for ui_locales %j and Accept-Language %j is %s', (uiLocales, acceptLanguage, locale) => {
    expect(localeOf(uiLocales, acceptLanguage)).toBe(locale)
  })

  it.each([
    ['"><script>', ';;;q=,,'],
    ['constructor __proto__', '__proto__'],
    [['de'], 'de;q=2'],
    [{ de: 1 }, 'de;q=-1'],
    ['-', '-;q=1'],
    ['x'.repeat(100_000), `${'x,'.repeat(100_000)}de`],
  ])('is the default for what is no language: %#', (uiLocales, acceptLanguage) => {
    expect(localeOf(uiLocales, acceptLanguage)).toBe('en')
  })

  it("is the document's own where nothing known is asked for", () => {
    expect(localeOf('ja', 'zh', 'fr')).toBe('fr')
  })
})
