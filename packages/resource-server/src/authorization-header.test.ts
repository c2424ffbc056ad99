import { describe, expect, test } from 'vitest'
import { longestToken, readCredentials, tokenForm } from './authorization-header.ts'
import { headerValues } from './sent-request.ts'

describe('credentials', () => {
  test.each([
    ['no header', undefined, 'absent'],
    ['null', null, 'absent'],
    ['an empty list', [], 'absent'],
    ['an empty value', '', 'absent'],
    ['another scheme', 'Basic abc', 'absent'],
    ['a scheme that begins like ours', 'Bearerx abc', 'absent'],
    ['a tab for a space', 'Bearer\tabc', 'absent'],
    ['two headers', ['Bearer abc', 'Bearer abc'], 'several'],
    ['a huge run of spaces', `Bearer${' '.repeat(1_000_000)}a`, 'too_long'],
  ])('%s gives none', (_title, header, problem) => {
    expect(readCredentials(header)).toEqual({ ok: false, problem })
  })

  test.each([
    ['a scheme alone', 'Bearer', 'malformed'],
    ['a scheme and a space', 'Bearer ', 'malformed'],
    ['a space in the token', 'Bearer abc def', 'malformed'],
    ['a trailing space', 'Bearer abc ', 'malformed'],
    ['a comma', 'Bearer abc,Bearer def', 'malformed'],
    ['a line break', 'Bearer abc\r\nX: y', 'malformed'],
    ['a parameter', 'Bearer token="abc"', 'malformed'],
    ['a letter beyond ASCII', 'Bearer äbc', 'malformed'],
    ['a token one character too long', `bearer ${'a'.repeat(longestToken + 1)}`, 'too_long'],
  ])('%s is no token that is looked at', (_title, header, form) => {
    const read = readCredentials(header)
    expect(read.ok && tokenForm(read.token)).toBe(form)
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
    expect(tokenForm(token)).toBe('well_formed')
  })
})

describe('header values of a Node request', () => {
  test('every repeated header is seen, though Node keeps the first alone', () => {
    const rawHeaders = ['Host', 'x', 'Authorization', 'Bearer a', 'AUTHORIZATION', 'Bearer b']
    const headers = { authorization: 'Bearer a' }
    expect(headerValues({ rawHeaders, headers }, 'authorization')).toEqual(['Bearer a', 'Bearer b'])
  })

  test('without raw headers, the parsed one counts', () => {
    const headers = { authorization: 'Bearer a' }
    expect(headerValues({ headers }, 'authorization')).toBe('Bearer a')
    expect(headerValues({ rawHeaders: ['Host', 'x'], headers: {} }, 'dpop')).toBeUndefined()
  })
})
