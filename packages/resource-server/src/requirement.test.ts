import { describe, expect, test } from 'vitest'
import { compileRequirement } from './requirement.ts'
import type { RequirementDeclaration, SimplePart } from './requirement.ts'

function simple(declaration: RequirementDeclaration | undefined): SimplePart {
  const { parts } = compileRequirement(declaration)
  if (parts.kind !== 'simple') throw new Error('not a simple requirement')
  return parts
}

describe('requirement', () => {
  test.each([
    [0, 0],
    [30, 30],
    ['0s', 0],
    ['90s', 90],
    ['10m', 600],
    ['1h', 3600],
    ['1d', 86_400],
  ])('a `maxAge` of %s is %i seconds', (maxAge, seconds) => {
    expect(simple({ maxAge }).requirement.maxAgeSeconds).toBe(seconds)
  })

  test.each([1, 29, '1s', '29s'])(
    'a `maxAge` of %s is refused: the client would loop (RFC 9470 §8)',
    (maxAge) => {
      expect(() => compileRequirement({ maxAge })).toThrow(
        expect.objectContaining({ code: 'max_age_too_small' }),
      )
    },
  )

  test.each<[string, unknown]>([
    ['a negative age', { maxAge: -1 }],
    ['a fraction', { maxAge: 60.5 }],
    ['no number', { maxAge: Number.NaN }],
    ['an endless age', { maxAge: Number.POSITIVE_INFINITY }],
    ['a huge age', { maxAge: 1e12 }],
    ['digits without unit', { maxAge: '600' }],
    ['an unknown unit', { maxAge: '10w' }],
    ['a member that does not exist', { maxage: 600 }],
    ['an undefined member', { acr: undefined }],
    ['an empty list of levels', { acr: [] }],
    ['an empty level', { acr: '' }],
    ['two levels in one text', { acr: 'mfa phr' }],
    ['a quotation mark in a level', { acr: 'm"fa' }],
    ['a number as level', { acr: 2 }],
    ['a list in the list', { acr: [['mfa']] }],
    ['an empty scope', { scope: '' }],
    ['two spaces in a scope', { scope: 'a  b' }],
    ['a text as transaction', { transaction: 'yes' }],
    ['null', null],
    ['false', false],
    ['a text', 'mfa'],
    ['an empty combination', { allOf: [] }],
    ['two combinations at once', { allOf: [{}], anyOf: [{}] }],
    ['a level beside a combination', { anyOf: [{}], acr: 'mfa' }],
    ['a part that is none', { anyOf: [undefined] }],
    ['a malformed part', { allOf: [{ acr: '' }] }],
    ['a part that only reports', { allOf: [{ acr: 'mfa', reportOnly: true }] }],
    ['a text for `reportOnly`', { acr: 'mfa', reportOnly: 'yes' }],
    ['a combination nested without end', { allOf: [{ allOf: [{ allOf: [{ allOf: [{}] }] }] }] }],
    ['too many parts', { anyOf: Array.from({ length: 65 }, () => ({})) }],
    ['a list', ['mfa']],
    ['a promise', Promise.resolve({ acr: 'mfa' })],
    ['a map', new Map([['acr', 'mfa']])],
  ])('%s is refused at declaration', (_title, declaration) => {
    expect(() => compileRequirement(declaration as RequirementDeclaration)).toThrow(
      expect.objectContaining({ code: 'invalid_requirement' }),
    )
  })

  test('a transaction is refused rather than passed unchecked', () => {
    expect(() => compileRequirement({ acr: 'phr', transaction: true })).toThrow(
      expect.objectContaining({ code: 'transaction_unsupported' }),
    )
    expect(simple({ acr: 'phr', transaction: false }).asksAuthentication).toBe(true)
  })

  test('scopes are a list, or a text with spaces', () => {
    expect(simple({ scope: 'a b' }).scopes).toEqual(['a', 'b'])
    expect(simple({ scope: ['a', 'b'] }).scopes).toEqual(['a', 'b'])
    expect(simple({ scope: 'a' }).asksAuthentication).toBe(false)
  })

  test('nothing declared asks for a valid token alone', () => {
    expect(simple(undefined)).toMatchObject({ asksAuthentication: false, scopes: [] })
    expect(simple({})).toMatchObject({ asksAuthentication: false, scopes: [] })
  })
})
