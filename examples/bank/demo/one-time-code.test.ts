import { describe, expect, it } from 'vitest'
import { nextOneTimeCode, oneTimeCode, secondsLeft } from './one-time-code.ts'

/** RFC 6238 appendix B, SHA-1: `12345678901234567890`, and the last six of its eight digits. */
const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ'

describe('the one-time code of a demo person', () => {
  it.each([
    [59, '287082'],
    [1_111_111_109, '081804'],
    [1_111_111_111, '050471'],
    [1_234_567_890, '005924'],
    [2_000_000_000, '279037'],
    [20_000_000_000, '353130'],
  ])('is at %i what the specification says (RFC 6238 appendix B)', (now, code) => {
    expect(oneTimeCode(secret, now)).toBe(code)
  })

  it('stays for thirty seconds, and its successor is known before', () => {
    expect(oneTimeCode(secret, 30)).toBe(oneTimeCode(secret, 59))
    expect(nextOneTimeCode(secret, 30)).toBe(oneTimeCode(secret, 60))
    expect([secondsLeft(30), secondsLeft(59), secondsLeft(60)]).toEqual([30, 1, 30])
  })
})
