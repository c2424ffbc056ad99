import { describe, expect, it } from 'vitest'
import { describeSeconds, explain } from './explain.ts'
import { compileLevels } from './levels.ts'
import type { AuthenticationRecord } from './record.ts'
import type { Requirement } from './requirement.ts'

const now = 1_000_000

const levels = compileLevels({
  levels: [
    { name: 'basic', accepts: [['password'], ['passkey']], lifetimeSeconds: 43_200 },
    { name: 'mfa', accepts: [['password', 'totp'], ['passkey']], lifetimeSeconds: 900 },
    { name: 'pay', accepts: [['password', 'totp']], lifetimeSeconds: 0, satisfies: [] },
  ],
})

function explained(requirement: Requirement, record: AuthenticationRecord, request?: string) {
  const context = request === undefined ? { now } : { now, request }
  return explain(levels, requirement, record, context).steps.map(
    ({ depth, outcome, text }) => `${'  '.repeat(depth)}${outcome === 'met' ? '+' : '-'} ${text}`,
  )
}

const passwordAndCode = [
  { method: 'password', at: now - 3600 },
  { method: 'totp', at: now - 90, request: 'this' },
]

describe('an explanation', () => {
  it('shows for each method what carries the proof time and what only needs to be held', () => {
    expect(explained({ acrValues: ['mfa'] }, passwordAndCode)).toEqual([
      '+ `mfa` asked, proved at most 15m ago',
      '  + by password + totp',
      '    + password: proved 1h ago, still held',
      '    + totp: proved 1m 30s ago, at most 15m allowed',
      '  - by passkey',
      '    - passkey: not proved in this session',
      '+ satisfied by `mfa`, proved 1m 30s ago, held for another 13m 30s',
    ])
  })

  it('shows which proof is too old', () => {
    expect(explained({ acrValues: ['mfa'], maxAgeSeconds: 60 }, passwordAndCode)).toEqual([
      '- `mfa` asked, proved at most 1m ago',
      '  - by password + totp',
      '    + password: proved 1h ago, still held',
      '    - totp: proved 1m 30s ago, more than the 1m allowed',
      '  - by passkey',
      '    - passkey: not proved in this session',
      '- not satisfied: `mfa` expired',
    ])
  })

  it('shows what is no longer held', () => {
    expect(explained({ acrValues: ['mfa'] }, [{ method: 'totp', at: now - 901 }])).toContain(
      '    - totp: proved 15m 1s ago, no longer held after 15m',
    )
  })

  it('shows a level met through one that satisfies it', () => {
    expect(explained({ acrValues: ['basic'], maxAgeSeconds: 300 }, passwordAndCode)).toEqual([
      '+ `basic` asked, proved at most 5m ago',
      '  - by password',
      '    - password: proved 1h ago, more than the 5m allowed',
      '  - by passkey',
      '    - passkey: not proved in this session',
      '  + `mfa` is held and satisfies `basic`',
      '+ satisfied by `basic`, proved 1m 30s ago, held for another 13m 30s',
    ])
  })

  it('says of a stronger level nothing that is too old for the requirement', () => {
    expect(explained({ acrValues: ['basic'], maxAgeSeconds: 60 }, passwordAndCode)).not.toContain(
      '  + `mfa` is held and satisfies `basic`',
    )
  })

  it('tells a proof of this request from any other', () => {
    const requirement = { acrValues: ['mfa'], maxAgeSeconds: 0 }
    expect(explained(requirement, passwordAndCode, 'this').slice(0, 4)).toEqual([
      '+ `mfa` asked, to be proved for this very request, proved at most 15m ago',
      '  + by password + totp',
      '    + password: proved 1h ago, still held',
      '    + totp: proved for this request',
    ])
    expect(explained(requirement, passwordAndCode, 'this').at(-1)).toBe(
      '+ satisfied by `mfa`, proved 1m 30s ago, held for this request only',
    )
    expect(explained(requirement, passwordAndCode, 'other')).toContain(
      '    - totp: proved 1m 30s ago, not for this request',
    )
    expect(explained({ acrValues: ['pay'] }, [], 'this')).toContain(
      '- `pay` asked, to be proved for this very request',
    )
  })

  it('names a level that does not exist, and the reason of each level asked', () => {
    expect(explained({ acrValues: ['gold', 'mfa'] }, [])).toEqual([
      '- `gold` is not a level of this policy',
      '- `mfa` asked, proved at most 15m ago',
      '  - by password + totp',
      '    - password: not proved in this session',
      '    - totp: not proved in this session',
      '  - by passkey',
      '    - passkey: not proved in this session',
      '- not satisfied: `gold` unknown, `mfa` missing',
    ])
  })

  it('stops at the level that satisfied', () => {
    const lines = explained({ acrValues: ['mfa', 'basic'] }, passwordAndCode)
    expect(lines.filter((line) => line.includes('asked'))).toHaveLength(1)
  })
})

describe('seconds in words', () => {
  it.each([
    [0, '0s'],
    [1, '1s'],
    [59, '59s'],
    [60, '1m'],
    [90, '1m 30s'],
    [3600, '1h'],
    [3661, '1h 1m 1s'],
    [86_400, '1d'],
    [90_061, '1d 1h 1m 1s'],
    [43_200, '12h'],
    [1.9, '1s'],
    [-5, '0s'],
  ])('%d is `%s`', (seconds, text) => {
    expect(describeSeconds(seconds)).toBe(text)
  })
})
