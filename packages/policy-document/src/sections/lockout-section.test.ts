import { describe, expect, test } from 'vitest'
import { policyDocumentFromObject } from '../parse-policy-document.ts'

function lockoutOf(lockout: object) {
  return policyDocumentFromObject({
    issuer: 'https://id.example.com',
    levels: { basic: { accepts: ['password'], lifetime: '12h' } },
    lockout,
  })
}

function facts(lockout: object): readonly unknown[] {
  const read = lockoutOf(lockout)
  return read.ok ? [read.document.lockout] : read.problems.map(({ code, path }) => [code, path])
}

describe('`lockout.backOff`', () => {
  test('says how long repeated locks become, and when they are forgotten', () => {
    expect(facts({ backOff: { maximum: '1h', forgetAfter: '2d' } })).toMatchObject([
      { backOff: { maximumSeconds: 3600, forgetAfterSeconds: 172_800 } },
    ])
  })

  test('without a maximum lets no lock become longer than four hours, or than the first', () => {
    expect(facts({ duration: '6h' })).toMatchObject([{ backOff: { maximumSeconds: 21_600 } }])
  })

  test('with a maximum as long as the first lock keeps all locks alike', () => {
    expect(facts({ duration: '10m', backOff: { maximum: '10m' } })).toMatchObject([
      { durationSeconds: 600, backOff: { maximumSeconds: 600 } },
    ])
  })

  test.each([
    [{ backOff: { maximum: '5m' } }, ['invalid_duration', 'lockout.backOff.maximum']],
    [{ backOff: { forgetAfter: 0 } }, ['invalid_duration', 'lockout.backOff.forgetAfter']],
    [{ backOff: { factor: 3 } }, ['unknown_key', 'lockout.backOff.factor']],
  ])('%j is refused', (lockout, problem) => {
    expect(facts(lockout)).toEqual([problem])
  })
})
