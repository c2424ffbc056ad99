import { describe, expect, it } from 'vitest'
import { ClientError } from '../errors.ts'
import { readIdToken } from './id-token.ts'

const now = 1_800_000_000
const issuer = 'https://id.example'
const client = { clientId: 'web', clockToleranceSeconds: 5 }
const good = { iss: issuer, aud: 'web', sub: 'ada', iat: now, exp: now + 60, nonce: 'n' }
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

const read = (claims: object) =>
  readIdToken(
    `${part({ alg: 'ES256' })}.${part({ ...good, ...claims })}.c2ln`,
    { issuer },
    client,
    now,
    'n',
  )

const refused = (fault: string) =>
  new ClientError('response_invalid', `unusable ID token: \`${fault}\``)

describe('an ID token (OIDC Core §3.1.3.7)', () => {
  it.each([
    ['as it should be', {}],
    ['for several audiences, with this client as `azp`', { aud: ['web', 'b'], azp: 'web' }],
    ['for this client alone, whoever `azp` is', { aud: ['web'], azp: 'b' }],
    ['that ended within the tolerance', { exp: now - 4 }],
    ['that begins within the tolerance', { nbf: now + 5 }],
  ])('%s is taken', (_, claims) => {
    expect(read(claims)).toMatchObject({ session: { subject: 'ada' }, issuedAt: now })
  })

  it.each([
    ['iss', { iss: 'https://evil.example' }],
    ['iss', { iss: undefined }],
    ['aud', { aud: 'other' }],
    ['aud', { aud: ['a', 'b'] }],
    ['aud', { aud: undefined }],
    ['azp', { aud: ['web', 'b'] }],
    ['azp', { aud: ['web', 'b'], azp: 'b' }],
    ['exp', { exp: now - 5 }],
    ['exp', { exp: String(now + 60) }],
    ['exp', { exp: undefined }],
    ['nbf', { nbf: now + 6 }],
    ['nbf', { nbf: 'soon' }],
    ['nonce', { nonce: 'other' }],
    ['nonce', { nonce: undefined }],
    ['auth_time', { auth_time: String(now) }],
    ['auth_time', { auth_time: -1 }],
    ['acr', { acr: ['mfa'] }],
    ['acr', { acr: null }],
    ['acr', { acr: 2 }],
    ['amr', { amr: 'otp' }],
    ['amr', { amr: [''] }],
    ['iat', { iat: undefined }],
    ['iat', { iat: String(now) }],
    ['sub', { sub: undefined }],
    ['sub', { sub: '' }],
    ['sub', { sub: 7 }],
  ])('with a wrong `%s` is refused: %j', (fault, claims) => {
    expect(() => read(claims)).toThrow(refused(fault))
  })

  it('says who authenticated how and when, and how far its clock is from this one', () => {
    const claims = { iat: now + 3, acr: 'mfa', amr: ['pwd', 'otp'], auth_time: now - 0.5 }
    expect(read(claims)).toEqual({
      session: { subject: 'ada', acr: 'mfa', amr: ['pwd', 'otp'], authTime: now - 1 },
      issuedAt: now + 3,
      clockOffsetSeconds: 3,
    })
    expect(read({ newel_one_shot: true }).session.oneShot).toBe(true)
    expect(read({ newel_one_shot: 'true' }).session.oneShot).toBeUndefined()
  })

  it.each([
    ['encrypted', `${part({ alg: 'ES256' })}.a.b.c.d`],
    ['no JWT at all', 'opaque'],
    ['with a list for claims', `${part({ alg: 'ES256' })}.${part([])}.c2ln`],
    ['with a broken payload', `${part({ alg: 'ES256' })}.e30x.c2ln`],
  ])('%s is refused', (_, token) => {
    expect(() => readIdToken(token, { issuer }, client, now, 'n')).toThrow(
      expect.objectContaining({ code: 'response_invalid' }),
    )
  })
})
