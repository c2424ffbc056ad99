import { describe, expect, test } from 'vitest'
import { nearest, suggest } from './suggestion.ts'

describe('a suggestion', () => {
  test.each([
    ['acepts', 'accepts'],
    ['accpets', 'accepts'],
    ['redirect_uris', 'redirectUris'],
    ['LifeTime', 'lifetime'],
  ])('`%s` is near `%s`', (word, meant) => {
    expect(nearest(word, ['accepts', 'lifetime', 'redirectUris', 'acr'])).toBe(meant)
  })

  test('a word that shares little is near nothing', () => {
    expect(nearest('colour', ['accepts', 'lifetime', 'acr'])).toBeUndefined()
  })

  test('where nothing is near, the whole choice is named', () => {
    expect(suggest('zzz', ['spa', 'public'], '')).toBe('use one of `spa`, `public`')
    expect(suggest('zzz', [], 'declare it')).toBe('declare it')
  })
})
