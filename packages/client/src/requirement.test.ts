import { levelsFromOrder } from '@newel/policy'
import { describe, expect, it } from 'vitest'
import { covers, requirementFromInput } from './requirement.ts'

const order = levelsFromOrder([
  { acr: 'basic', lifetimeSeconds: 3600, satisfies: [] },
  { acr: 'mfa', lifetimeSeconds: 900, satisfies: ['basic'] },
  { acr: 'phr', lifetimeSeconds: 300, satisfies: ['mfa'] },
])

describe('one step-up covers another requirement', () => {
  it.each([
    ['the same', { acr: 'mfa' }, { acr: 'mfa' }, true],
    ['a lower level', { acr: 'phr' }, { acr: 'mfa' }, true],
    ['not a higher one', { acr: 'mfa' }, { acr: 'phr' }, false],
    [
      'not where one of its own alternatives falls short',
      { acr: ['phr', 'basic'] },
      { acr: 'mfa' },
      false,
    ],
    [
      'where each alternative reaches one',
      { acr: ['phr', 'mfa'] },
      { acr: ['mfa', 'other'] },
      true,
    ],
    ['an older age', { acr: 'mfa', maxAge: 60 }, { acr: 'mfa', maxAge: 600 }, true],
    ['not a younger age', { acr: 'mfa', maxAge: 600 }, { acr: 'mfa', maxAge: 60 }, false],
    ['not an age where it asked none', { acr: 'phr' }, { acr: 'mfa', maxAge: 600 }, false],
    ['an age alone', { acr: 'mfa', maxAge: 0 }, { maxAge: 0 }, true],
    ['not a level where it asked an age alone', { maxAge: 0 }, { acr: 'mfa' }, false],
    ['an equal level that the order does not know', { acr: 'x' }, { acr: 'x' }, true],
  ])('%s', (_, asked, other, expected) => {
    expect(covers(requirementFromInput(asked), requirementFromInput(other), order)).toBe(expected)
  })
})

describe('a requirement in short', () => {
  it('takes one level, several, or the wire form', () => {
    expect(requirementFromInput({ acr: 'mfa' })).toEqual({ acrValues: ['mfa'] })
    expect(requirementFromInput({ acr: 'mfa phr' })).toEqual({ acrValues: ['mfa', 'phr'] })
    expect(requirementFromInput({ acr: ['mfa'], maxAge: 0 })).toEqual({
      acrValues: ['mfa'],
      maxAgeSeconds: 0,
    })
  })

  it.each([[['']], [['mfa phr']], [['mfa', undefined]]])(
    'whose list holds %j, which is no level, is not taken for the rest of it',
    (acr) => {
      const input = { acr: acr as string[], maxAge: 60 }
      expect(() => requirementFromInput(input)).toThrow(
        expect.objectContaining({ code: 'configuration' }),
      )
    },
  )
})
