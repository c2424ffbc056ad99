import { describe, expect, test } from 'vitest'
import { TokenCache } from './token-cache.ts'
import type { VerifiedToken } from './verified-token.ts'

function verified(subject: string): VerifiedToken {
  return {
    subject,
    clientId: undefined,
    scope: [],
    authentication: {},
    expiresAt: 0,
    issuedAt: 0,
    claims: {},
  }
}

const ending = 'e'.repeat(43)

describe('token cache', () => {
  test('a look-alike with the same ending is not taken for the token', () => {
    const cache = new TokenCache(10)
    cache.set(`one${ending}`, 1, verified('one'))
    expect(cache.get(`one${ending}`, 1)?.subject).toBe('one')
    expect(cache.get(`two${ending}`, 1)).toBeUndefined()
    cache.set(`two${ending}`, 1, verified('two'))
    expect(cache.get(`two${ending}`, 1)?.subject).toBe('two')
    expect(cache.get(`one${ending}`, 1)).toBeUndefined()
  })

  test('a token verified under keys that have changed is verified again', () => {
    const cache = new TokenCache(10)
    cache.set('token', 1, verified('one'))
    expect(cache.get('token', 2)).toBeUndefined()
  })

  test('the number of tokens stays bounded while many pass', () => {
    const cache = new TokenCache(10)
    for (let index = 0; index < 1000; index += 1) cache.set(`token-${index}`, 1, verified('x'))
    expect(cache.size).toBeLessThanOrEqual(10)
    expect(cache.get('token-999', 1)).toBeDefined()
  })

  test('a token in use outlives those that are not', () => {
    const cache = new TokenCache(10)
    cache.set('in-use', 1, verified('x'))
    for (let index = 0; index < 1000; index += 1) {
      cache.set(`token-${index}`, 1, verified('x'))
      expect(cache.get('in-use', 1)).toBeDefined()
    }
  })

  test('long tokens count for more', () => {
    const cache = new TokenCache(10)
    for (let index = 0; index < 100; index += 1) {
      cache.set(`${index}`.padStart(20_000, 'x'), 1, verified('x'))
    }
    expect(cache.size).toBeLessThanOrEqual(2)
  })

  test('size 0 keeps nothing', () => {
    const cache = new TokenCache(0)
    cache.set('token', 1, verified('x'))
    expect(cache.get('token', 1)).toBeUndefined()
  })

  test('a deleted token is gone', () => {
    const cache = new TokenCache(4)
    cache.set('token', 1, verified('x'))
    cache.delete('token')
    expect(cache.get('token', 1)).toBeUndefined()
    expect(cache.size).toBe(0)
  })
})
