import { describe, expect, it } from 'vitest'
import { compileLevels } from './levels.ts'
import { plan } from './plan.ts'

const now = 1_000_000

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    { name: 'mfa', accepts: [['password', 'totp'], ['passkey']], lifetimeSeconds: 900 },
  ],
})

describe('a plan', () => {
  it('outside a request is made for one that the record knows nothing of', () => {
    const record = [
      { method: 'password', at: now },
      { method: 'totp', at: now, request: 'planned' },
      { method: 'totp', at: now, request: "planned'" },
    ]
    const requirement = { acrValues: ['mfa'], maxAgeSeconds: 0 }
    expect(plan(levels, requirement, record, { now, enrolled: ['password', 'totp'] })).toEqual([
      { acr: 'mfa', methods: ['totp'] },
    ])
  })

  it('of equal size comes in the order of the policy, not of the enrolment', () => {
    const record = [{ method: 'password', at: now - 60 }]
    const enrolled = ['passkey', 'totp', 'password']
    expect(plan(levels, { acrValues: ['mfa'] }, record, { now, enrolled })).toEqual([
      { acr: 'mfa', methods: ['totp'] },
      { acr: 'mfa', methods: ['passkey'] },
    ])
  })

  it('asks for all that is missing where nothing is held, and for nothing not enrolled', () => {
    const requirement = { acrValues: ['mfa'] }
    expect(plan(levels, requirement, [], { now, enrolled: ['totp', 'password'] })).toEqual([
      { acr: 'mfa', methods: ['password', 'totp'] },
    ])
    expect(plan(levels, requirement, [], { now, enrolled: ['totp'] })).toEqual([])
  })
})
