import { describe, expect, it } from 'vitest'
import { cookieConfiguration } from './cookies.ts'

const issuer = 'https://id.example.com'

describe('the signature of a cookie', () => {
  const { keys: signer } = cookieConfiguration(issuer, ['the new key', 'the old key'])
  const { keys: old } = cookieConfiguration(issuer, ['the old key'])
  const { keys: foreign } = cookieConfiguration(issuer, ['another key'])

  it('is good for the text that it was made for alone', () => {
    const signature = signer.sign('session=a')
    expect([signer.index('session=a', signature), signer.index('session=b', signature)]).toEqual([
      0, -1,
    ])
    expect(signer.verify('session=a', `${signature}x`)).toBe(false)
    expect(signer.verify('session=a', '')).toBe(false)
  })

  it('of a former key is still good, and tells that it is to be made anew', () => {
    expect(signer.index('session=a', old.sign('session=a'))).toBe(1)
    expect(signer.index('session=a', foreign.sign('session=a'))).toBe(-1)
  })

  it('needs a key', () => {
    expect(() => cookieConfiguration(issuer, [])).toThrow(TypeError)
  })
})
