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

  const signatureOf = (index: number): string =>
    createHash('sha256').update(String(index)).digest('base64url')

  test.each(['', '.eu-west-1.prod'])('tokens that end in `%s` hardly ever share a place', (end) => {
    const cache = new TokenCache<{ text: string }>(40_000)
    const texts = Array.from({ length: 10_000 }, (_, index) => signatureOf(index) + end)
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

  test('a flood of tokens that come once leaves those in use where they are', () => {
    const cache = new TokenCache<{ text: string }>(100)
    for (let index = 0; index < 51; index += 1) cache.offer({ text: signatureOf(-index) })
    for (let index = 0; index < 100_000; index += 1)
      cache.offer({ text: signatureOf(1000 + index) })
    const live = Array.from({ length: 51 }, (_, index) => cache.get(signatureOf(-index)))
    expect(live.filter(Boolean).length).toBe(51)
    expect(cache.size).toBeLessThanOrEqual(100)
  })

  test('what is full lets a newcomer in at its second sight', () => {
    const cache = new TokenCache<{ text: string }>(10)
    for (let index = 0; index < 6; index += 1) cache.offer({ text: signatureOf(-index) })
    cache.offer({ text: signatureOf(1) })
    expect(cache.get(signatureOf(1))).toBeUndefined()
    cache.offer({ text: signatureOf(1) })
    expect(cache.get(signatureOf(1))).toBeDefined()
  })

  test('where there is room, the first sight is enough', () => {
    const cache = new TokenCache<{ text: string }>(10)
    for (let index = 0; index < 5; index += 1) {
      cache.offer({ text: signatureOf(index) })
      expect(cache.get(signatureOf(index))).toBeDefined()
    }
  })

  test.each([0, 1, 2, 3])('tokens offered twice stay bounded at size %i', (size) => {
    const cache = new TokenCache<{ text: string }>(size)
    for (let index = 0; index < 100; index += 1) {
      cache.offer({ text: signatureOf(index) })
      cache.offer({ text: signatureOf(index) })
      expect(cache.get(signatureOf(index)) !== undefined).toBe(size > 0)
    }
    expect(cache.size).toBeLessThanOrEqual(size + 1)
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
