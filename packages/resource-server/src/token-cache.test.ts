import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { TokenCache } from './token-cache.ts'
const ending = 'e'.repeat(43)

describe('token cache', () => {
  test('a look-alike with the same ending is not taken for the token', () => {
    const cache = new TokenCache<{ text: string; name?: string }>(10)
    cache.set({ text: `one${ending}`, name: 'one' })
    expect(cache.get(`one${ending}`)?.name).toBe('one')
    expect(cache.get(`two${ending}`)).toBeUndefined()
    cache.set({ text: `two${ending}`, name: 'two' })
    expect(cache.get(`two${ending}`)?.name).toBe('two')
    expect(cache.get(`one${ending}`)).toBeUndefined()
  })

  test.each(['', '.eu-west-1.prod'])('tokens that end in `%s` hardly ever share a place', (end) => {
    const cache = new TokenCache<{ text: string }>(40_000)
    const texts = Array.from(
      { length: 10_000 },
      (_, index) => createHash('sha256').update(String(index)).digest('base64url') + end,
    )
    for (const text of texts) cache.set({ text })
    expect(texts.filter((text) => !cache.get(text)).length).toBeLessThanOrEqual(2)
  })

  test('the number of tokens stays bounded while many pass', () => {
    const cache = new TokenCache<{ text: string; name?: string }>(10)
    for (let index = 0; index < 1000; index += 1) cache.set({ text: `token-${index}` })
    expect(cache.size).toBeLessThanOrEqual(10)
    expect(cache.get('token-999')).toBeDefined()
  })

  test('a token in use outlives those that are not', () => {
    const cache = new TokenCache<{ text: string; name?: string }>(10)
    cache.set({ text: 'in-use' })
    for (let index = 0; index < 1000; index += 1) {
      cache.set({ text: `token-${index}` })
      expect(cache.get('in-use')).toBeDefined()
    }
  })

  test('long tokens count for more', () => {
    const cache = new TokenCache<{ text: string; name?: string }>(10)
    for (let index = 0; index < 100; index += 1) {
      cache.set({ text: `${index}`.padStart(20_000, 'x') })
    }
    expect(cache.size).toBeLessThanOrEqual(2)
  })

  test('size 0 keeps nothing', () => {
    const cache = new TokenCache<{ text: string; name?: string }>(0)
    cache.set({ text: 'token' })
    expect(cache.get('token')).toBeUndefined()
  })

  test('a deleted token is gone', () => {
    const cache = new TokenCache<{ text: string; name?: string }>(4)
    cache.set({ text: 'token' })
    cache.delete('token')
    expect(cache.get('token')).toBeUndefined()
    expect(cache.size).toBe(0)
  })
})
