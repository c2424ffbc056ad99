import { describe, expect, test } from 'vitest'
import { longestToken, readCredentials } from './authorization-header.ts'
import { authorizationValues } from './authorization-values.ts'

describe('credentials', () => {
  test.each([
    ['no header', undefined, 'absent'],
    ['null', null, 'absent'],
    ['an empty list', [], 'absent'],
    ['an empty value', '', 'absent'],
    ['another scheme', 'Basic abc', 'absent'],
    ['a scheme that begins like ours', 'Bearerx abc', 'absent'],
    ['a scheme alone', 'Bearer', 'malformed'],
    ['a scheme and a space', 'Bearer ', 'malformed'],
    ['a tab for a space', 'Bearer\tabc', 'absent'],
    ['a space in the token', 'Bearer abc def', 'malformed'],
    ['a trailing space', 'Bearer abc ', 'malformed'],
    ['a comma', 'Bearer abc,Bearer def', 'malformed'],
    ['a line break', 'Bearer abc\r\nX: y', 'malformed'],
    ['a parameter', 'Bearer token="abc"', 'malformed'],
    ['a letter beyond ASCII', 'Bearer äbc', 'malformed'],
    ['two headers', ['Bearer abc', 'Bearer abc'], 'several'],
    ['a huge token', `Bearer ${'a'.repeat(longestToken + 1)}`, 'too_long'],
    ['a huge run of spaces', `Bearer${' '.repeat(1_000_000)}a`, 'too_long'],
  ])('%s gives none', (_title, header, problem) => {
    expect(readCredentials(header)).toEqual({ ok: false, problem })
  })

  test.each([
    ['Bearer abc', 'Bearer'],
    ['bearer abc', 'Bearer'],
    ['BEARER    abc', 'Bearer'],
    ['DPoP abc', 'DPoP'],
    ['dpop abc', 'DPoP'],
  ])('`%s` is a token of scheme %s', (header, scheme) => {
    expect(readCredentials(header)).toEqual({ ok: true, scheme, token: 'abc' })
    expect(readCredentials([header])).toEqual({ ok: true, scheme, token: 'abc' })
  })

  test('the longest token is read', () => {
    const token = 'a'.repeat(longestToken)
    expect(readCredentials(`Bearer ${token}`)).toEqual({ ok: true, scheme: 'Bearer', token })
  })
})

describe('authorization values of a Node request', () => {
  test('every repeated header is seen, though Node keeps the first alone', () => {
    const rawHeaders = ['Host', 'x', 'Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer b']
    const headers = { authorization: 'Bearer a' }
    expect(authorizationValues({ rawHeaders, headers })).toEqual(['Bearer a', 'Bearer b'])
  })

  test('without raw headers, the parsed one counts', () => {
    expect(authorizationValues({ headers: { authorization: 'Bearer a' } })).toBe('Bearer a')
    expect(authorizationValues({ rawHeaders: ['Host', 'x'], headers: {} })).toBeUndefined()
  })
})
