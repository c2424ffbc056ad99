import { describe, expect, it } from 'vitest'
import { compileLevels } from '@newel/policy'
import {
  type ProofInHand,
  freshSeconds,
  isProvedFresh,
  requirementForChange,
} from './fresh-proof.ts'

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    { name: 'mfa', accepts: [['password', 'totp'], ['passkey']], lifetimeSeconds: 900 },
    { name: 'once', accepts: [['passkey']], lifetimeSeconds: 0 },
  ],
})
const now = 1_800_000_000
const hand = (changes: Partial<ProofInHand>): ProofInHand => ({
  levels,
  record: [],
  enrolled: ['password'],
  now,
  ...changes,
})

describe('what a change of the account takes', () => {
  it.each([
    [['password'], 'basic'],
    [['password', 'totp'], 'mfa'],
    [['password', 'totp', 'passkey'], 'once'],
  ])('with %j: the strongest level that they reach', (enrolled, acr) => {
    const asked = requirementForChange(hand({ enrolled }))
    expect(asked).toEqual({ acrValues: [acr], maxAgeSeconds: freshSeconds })
  })

  it('is nothing where no level can be reached', () => {
    expect(requirementForChange(hand({ enrolled: [] }))).toBeUndefined()
  })
})

describe('a fresh proof', () => {
  const asked = { acrValues: ['mfa'], maxAgeSeconds: freshSeconds }
  const proved = (at: number): ProofInHand['record'] => [
    { method: 'password', at: now - 4000 },
    { method: 'totp', at },
  ]

  it('exactly as old as the limit is fresh, one second more is not', () => {
    expect(isProvedFresh(hand({ record: proved(now - freshSeconds) }), asked)).toBe(true)
    expect(isProvedFresh(hand({ record: proved(now - freshSeconds - 1) }), asked)).toBe(false)
  })

  it('from the future is none', () => {
    expect(isProvedFresh(hand({ record: proved(now + 3600) }), asked)).toBe(false)
  })

  it('of a lower level is none', () => {
    const record = [{ method: 'password', at: now }]
    expect(isProvedFresh(hand({ record }), asked)).toBe(false)
  })

  it('of a one-shot level stands for the same minutes', () => {
    const once = { acrValues: ['once'], maxAgeSeconds: freshSeconds }
    const record = (at: number) => [{ method: 'passkey', at, request: 'r' }]
    expect(isProvedFresh(hand({ record: record(now - freshSeconds) }), once)).toBe(true)
    expect(isProvedFresh(hand({ record: record(now - freshSeconds - 1) }), once)).toBe(false)
  })
})
