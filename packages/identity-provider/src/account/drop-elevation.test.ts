import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { compileLevels, heldLevels } from '@newel/policy'
import { methodsToDrop } from './drop-elevation.ts'

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    {
      name: 'mfa',
      accepts: [['password', 'totp'], ['password', 'security-key'], ['passkey']],
      lifetimeSeconds: 900,
    },
    { name: 'phr', accepts: [['passkey'], ['password', 'security-key']], lifetimeSeconds: 300 },
  ],
})
const now = 1_800_000_000

describe('dropping the elevation', () => {
  it.each([
    { proved: ['password', 'totp'], goes: ['totp'] },
    { proved: ['password', 'passkey'], goes: ['passkey'] },
    { proved: ['password'], goes: [] },
    { proved: ['passkey'], goes: ['passkey'] },
    { proved: [], goes: [] },
  ])('of $proved takes back $goes', ({ proved, goes }) => {
    const record = proved.map((method) => ({ method, at: now - 10 }))
    expect(methodsToDrop(levels, record, now)).toEqual(goes)
  })

  it('leaves no level above the weakest that was held, whatever was proved when', () => {
    const event = fc.record({
      method: fc.constantFrom('password', 'totp', 'passkey', 'security-key'),
      at: fc.integer({ min: now - 50_000, max: now }),
    })
    fc.assert(
      fc.property(fc.array(event, { maxLength: 8 }), (record) => {
        const [weakest] = heldLevels(levels, record, { now })
        const gone = methodsToDrop(levels, record, now)
        const left = record.filter(({ method }) => !gone.includes(method))
        return heldLevels(levels, left, { now }).every(
          ({ acr }) => weakest !== undefined && levels.satisfies(weakest.acr, acr),
        )
      }),
    )
  })
})
