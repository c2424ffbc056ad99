import { describe, expect, it } from 'vitest'
import { readPaymentDetails } from './payment-details.ts'

describe('payment details', () => {
  it('take an IBAN as people write it', () => {
    expect(readPaymentDetails({ holder: 'Ada', iban: 'de89 3704 0044 0532 0130 00' })).toEqual({
      ok: true,
      details: { holder: 'Ada', iban: 'DE89370400440532013000' },
    })
  })

  it.each([
    ['wrong check digits', { holder: 'Ada', iban: 'DE88370400440532013000' }, ['iban']],
    ['no account', { holder: 'Ada', iban: '' }, ['iban']],
    ['no holder', { holder: '', iban: 'DE89370400440532013000' }, ['holder']],
    ['nothing', null, ['holder', 'iban']],
  ])('with %s are refused', (_name, body, fields) => {
    const reading = readPaymentDetails(body)
    expect(reading.ok ? [] : Object.keys(reading.fields)).toEqual(fields)
  })
})
