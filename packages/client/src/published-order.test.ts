import { describe, expect, it } from 'vitest'
import { publishedOrder, unordered } from './published-order.ts'

const mfa = { acr: 'mfa', lifetime: 900, satisfies: ['basic'] }
const basic = { acr: 'basic', lifetime: 3600, satisfies: [] }

describe('the order that a page judges by', () => {
  it('is the one that the provider publishes', () => {
    const order = publishedOrder({ newel_levels: [basic, mfa] })
    expect(order.satisfies('mfa', 'basic')).toBe(true)
    expect(order.satisfies('basic', 'mfa')).toBe(false)
    expect(order.satisfies('mfa', 'mfa')).toBe(true)
    expect([order.has('mfa'), order.has('other')]).toEqual([true, false])
    expect(order.lifetimeSeconds('mfa')).toBe(900)
    expect(order.lifetimeSeconds('other')).toBeUndefined()
  })

  it.each([{}, { newel_levels: 'mfa' }, { newel_levels: { mfa } }])(
    'knows nothing but equality where none is published: %j',
    (metadata) => {
      const order = publishedOrder(metadata)
      expect(order.satisfies('mfa', 'basic')).toBe(false)
      expect(order.satisfies('mfa', 'mfa')).toBe(true)
      expect(order.has('mfa')).toBe(true)
      expect(unordered.satisfies('mfa', 'basic')).toBe(false)
    },
  )

  it.each([
    [null],
    ['mfa'],
    [{ acr: 'mfa' }],
    [{ acr: 'mfa', lifetime: '900', satisfies: ['basic'] }],
  ])('has no level whose entry cannot be read: %j', (entry) => {
    expect(publishedOrder({ newel_levels: [basic, entry] }).has('mfa')).toBe(false)
  })

  it.each([undefined, null, 'basic', { 0: 'basic' }])(
    'puts nothing below a level whose `satisfies` is %j',
    (satisfies) => {
      const order = publishedOrder({ newel_levels: [basic, { ...mfa, satisfies }] })
      expect(order.satisfies('mfa', 'basic')).toBe(false)
    },
  )
})
