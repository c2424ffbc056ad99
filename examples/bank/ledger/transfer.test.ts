import { describe, expect, it } from 'vitest'
import { isLargeTransfer, readTransfer } from './transfer.ts'

describe('the body of a transfer', () => {
  it.each([
    ['no object', 'transfer', ['payee', 'amount']],
    ['a list', [1], ['payee', 'amount']],
    ['no payee', { payee: '  ', amount: 1 }, ['payee']],
    ['a payee too long', { payee: 'x'.repeat(71), amount: 1 }, ['payee']],
    ['an amount as text', { payee: 'Boat Co', amount: '1500' }, ['amount']],
    ['nothing', { payee: 'Boat Co', amount: 0 }, ['amount']],
    ['less than nothing', { payee: 'Boat Co', amount: -5 }, ['amount']],
    ['a third decimal', { payee: 'Boat Co', amount: 1.005 }, ['amount']],
    ['more than a million', { payee: 'Boat Co', amount: 1_000_000.01 }, ['amount']],
    ['no number', { payee: 'Boat Co', amount: Number.NaN }, ['amount']],
  ])('with %s is refused, field by field, and large in no case', (_name, body, fields) => {
    const reading = readTransfer(body)
    expect(reading.ok ? [] : Object.keys(reading.fields)).toEqual(fields)
    expect(isLargeTransfer(body)).toBe(false)
  })

  it.each([0.01, 19.99, 1000, 1_000_000])('may move %d', (amount) => {
    expect(readTransfer({ payee: ' Boat Co ', amount })).toEqual({
      ok: true,
      transfer: { payee: 'Boat Co', amount },
    })
  })
})
