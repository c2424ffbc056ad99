import { describe, expect, it } from 'vitest'
import { describeToken } from './describe-token.ts'

const jwt = (payload: unknown) =>
  `e30.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.c2ln`

describe('describeToken', () => {
  it('tells what a JWT states about authentication, and nothing else', () => {
    const claims = { sub: 'zoë', acr: 'mfa', amr: ['pwd'], auth_time: 1, exp: 2, email: 'z@x' }
    expect(describeToken(jwt(claims))).toEqual({
      subject: 'zoë',
      acr: 'mfa',
      amr: ['pwd'],
      authTime: 1,
      expiresAt: 2,
    })
  })

  it('leaves out what has another type', () => {
    expect(describeToken(jwt({ acr: ['mfa'], auth_time: '1', amr: [1, 'otp'] }))).toEqual({
      amr: ['otp'],
    })
  })

  it.each(['opaque', 'a.b', 'a.!!.c', jwt(null), jwt('text').replace('e30', 'x')])(
    'knows nothing of `%s`',
    (token) => {
      expect(describeToken(token) ?? {}).toEqual({})
    },
  )
})
