import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compileLevels } from '@newel/policy'
import { settleAuthentication } from './settled-authentication.ts'

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    { name: 'mfa', accepts: [['password', 'totp'], ['passkey']], lifetimeSeconds: 900 },
    { name: 'phr', accepts: [['passkey']], lifetimeSeconds: 300 },
  ],
})

const record = [
  { method: 'password', at: 1000 },
  { method: 'totp', at: 2000 },
]
const issued = { acr: 'mfa', amr: ['pwd', 'otp', 'mfa'], authTime: 2000, issuedAt: 2000 }

describe('what a token issued later may state', () => {
  it('the level of the authorization while it is held, until it is not', () => {
    const settled = settleAuthentication(levels, issued, record, 2899)
    expect(settled).toEqual({
      authentication: { acr: 'mfa', amr: ['pwd', 'otp', 'mfa'], authTime: 2000 },
      expiresAt: 2900,
    })
  })

  it('then the strongest level below it, with its own methods', () => {
    const settled = settleAuthentication(levels, issued, record, 2901)
    expect(settled.authentication).toEqual({ acr: 'basic', amr: ['pwd'], authTime: 1000 })
  })

  it('a proof made after the authorization says nothing of it', () => {
    const later = [...record, { method: 'totp', at: 2800 }, { method: 'passkey', at: 2850 }]
    const settled = settleAuthentication(levels, issued, later, 2950)
    expect(settled.authentication.acr).toBe('basic')
  })

  it('a proof made after the authorization does not prolong a lower level either', () => {
    const later = [...record, { method: 'password', at: 40_000 }]
    // The password of the authorization held `basic` until 44 200.
    expect(settleAuthentication(levels, issued, later, 44_199).authentication.acr).toBe('basic')
    expect(settleAuthentication(levels, issued, later, 44_500)).toEqual({
      authentication: { authTime: 2000 },
    })
  })

  it('a lower level that was proved anew before the authorization gets no newer time (OIDC Core §12.2)', () => {
    const anew = [
      { method: 'totp', at: 2000 },
      { method: 'password', at: 2500 },
    ]
    const settled = settleAuthentication(levels, { ...issued, issuedAt: 2600 }, anew, 2901)
    expect(settled.authentication).toMatchObject({ acr: 'basic', authTime: 2000 })
  })

  it('no lower level in the last second of its own, in which no token could live', () => {
    const last = 1000 + 43_200
    expect(settleAuthentication(levels, issued, record, last - 1)).toMatchObject({
      authentication: { acr: 'basic' },
      expiresAt: last,
    })
    expect(settleAuthentication(levels, issued, record, last)).toEqual({
      authentication: { authTime: 2000 },
    })
  })

  it('with nothing held any more: no level, and the time that it had', () => {
    const settled = settleAuthentication(levels, issued, record, 60_000)
    expect(settled).toEqual({ authentication: { authTime: 2000 } })
  })

  it('a level that the document no longer has is not stated', () => {
    const settled = settleAuthentication(levels, { ...issued, acr: 'gone' }, record, 2001)
    expect(settled.authentication.acr).toBeUndefined()
  })

  it('a one-shot authentication lives for a stated minute', () => {
    const settled = settleAuthentication(levels, { ...issued, oneShot: true }, record, 2010)
    expect(settled).toMatchObject({ authentication: { oneShot: true }, expiresAt: 2070 })
  })

  it('never a newer `auth_time`, never a higher level, whatever is proved later', () => {
    const methods = fc.constantFrom('password', 'totp', 'passkey')
    const events = fc.array(
      fc.record({ method: methods, at: fc.integer({ min: 1000, max: 9000 }) }),
    )
    fc.assert(
      fc.property(events, fc.integer({ min: 2000, max: 9000 }), (more, now) => {
        const { authentication } = settleAuthentication(levels, issued, [...record, ...more], now)
        expect(authentication.authTime).toBeLessThanOrEqual(2000)
        if (authentication.acr !== undefined)
          expect(levels.satisfies('mfa', authentication.acr)).toBe(true)
      }),
    )
  })
})
