import { describe, expect, it } from 'vitest'
import { purposeOf } from './purpose.ts'

const requirements = new Map([
  ['change-payment-details', { acrValues: ['mfa'], maxAgeSeconds: 600 }],
  ['admin-dashboard', { acrValues: ['phr'] }],
  ['close-account', { acrValues: ['phr'] }],
])

describe('what a step-up is said to be for', () => {
  it('the one requirement that asks exactly this', () => {
    const purpose = purposeOf(requirements, { acrValues: ['mfa'], maxAgeSeconds: 600 })
    expect(purpose).toBe('for “change payment details”')
  })

  it('in the language of the person', () => {
    const requested = { acrValues: ['mfa'], maxAgeSeconds: 600 }
    expect(purposeOf(requirements, requested, 'de')).toBe('für „change payment details“')
    expect(purposeOf(requirements, requested, 'fr')).toBe(
      'pour «\u00A0change payment details\u00A0»',
    )
  })

  it('nothing, where several ask the same', () => {
    expect(purposeOf(requirements, { acrValues: ['phr'] })).toBeUndefined()
  })

  it('nothing, where the age or the levels differ', () => {
    expect(purposeOf(requirements, { acrValues: ['mfa'], maxAgeSeconds: 601 })).toBeUndefined()
    expect(
      purposeOf(requirements, { acrValues: ['mfa', 'phr'], maxAgeSeconds: 600 }),
    ).toBeUndefined()
  })
})
