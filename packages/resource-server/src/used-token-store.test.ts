import { describe, expect, test } from 'vitest'
import { memoryUsedTokenStore } from './used-token-store.ts'

describe('memory of used tokens', () => {
  test('the first use passes, any later one does not', () => {
    const store = memoryUsedTokenStore()
    expect(store.use('a', 100, 0)).toBe(true)
    expect(store.use('a', 100, 0)).toBe(false)
    expect(store.use('a', 100, 100)).toBe(false)
    expect(store.use('b', 100, 0)).toBe(true)
  })

  test('an entry is remembered up to its expiry, and leaves after it', () => {
    const store = memoryUsedTokenStore({ maxEntries: 1 })
    expect(store.use('a', 100, 0)).toBe(true)
    expect(() => store.use('b', 200, 100)).toThrow(
      expect.objectContaining({ code: 'used_tokens_full' }),
    )
    expect(store.use('b', 200, 101)).toBe(true)
  })

  test('a full memory refuses and forgets nothing early', () => {
    const store = memoryUsedTokenStore({ maxEntries: 2 })
    expect(store.use('a', 100, 0)).toBe(true)
    expect(store.use('b', 300, 0)).toBe(true)
    expect(() => store.use('c', 300, 50)).toThrow(
      expect.objectContaining({ code: 'used_tokens_full', retryable: true }),
    )
    expect(store.use('a', 100, 50)).toBe(false)
    expect(store.use('c', 300, 150)).toBe(true)
    expect(store.use('b', 300, 150)).toBe(false)
  })
})
