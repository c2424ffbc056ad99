import { describe, expect, it } from 'vitest'
import { Accounts } from './accounts.ts'

const transfer = { payee: 'Boat Co', amount: 1500 }

function accounts(): Accounts {
  return new Accounts(() => 1_800_000_000)
}

describe('a transfer', () => {
  it('is booked once per idempotency key, and answered alike each time', () => {
    const bank = accounts()
    const before = bank.statement('ada').balanceCents
    const first = bank.transfer('ada', 'key-0001', transfer)
    expect(bank.transfer('ada', 'key-0001', transfer)).toEqual(first)
    expect(bank.statement('ada').balanceCents).toBe(before - 150_000)
  })

  it('is refused where its key was used for another transfer', () => {
    const bank = accounts()
    bank.transfer('ada', 'key-0001', transfer)
    expect(bank.transfer('ada', 'key-0001', { ...transfer, amount: 1501 }).outcome).toBe(
      'key_reused',
    )
  })

  it('of another person with the same key is another transfer', () => {
    const bank = accounts()
    bank.transfer('ada', 'key-0001', transfer)
    expect(bank.transfer('ben', 'key-0001', transfer).outcome).toBe('booked')
  })

  it('beyond the balance moves nothing, and its key may be used again', () => {
    const bank = accounts()
    const before = bank.statement('ada').balanceCents
    const tooMuch = { payee: 'Boat Co', amount: 900_000 }
    expect(bank.transfer('ada', 'key-0001', tooMuch).outcome).toBe('insufficient_funds')
    expect(bank.statement('ada').balanceCents).toBe(before)
    expect(bank.transfer('ada', 'key-0001', transfer).outcome).toBe('booked')
  })
})
