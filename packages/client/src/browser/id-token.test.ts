import { describe, expect, it } from 'vitest'
import { ClientError } from '../errors.ts'
import { idTokenClaims, type IdTokenContext } from './id-token.ts'

const now = 1_800_000_000
const issuer = 'https://id.example'
const context: IdTokenContext = { clientId: 'web', now, clockToleranceSeconds: 5, nonce: 'n' }
const good = { iss: issuer, aud: 'web', sub: 'ada', iat: now, exp: now + 60, nonce: 'n' }
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function read(claims: object, changes: Partial<IdTokenContext> = {}, header: object = {}) {
  const token = `${part({ alg: 'ES256', ...header })}.${part({ ...good, ...claims })}.c2ln`
  const server = { issuer, id_token_signing_alg_values_supported: ['ES256'] }
  return idTokenClaims(token, server, { ...context, ...changes })
}

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
    expect(read(claims)).toMatchObject({ sub: 'ada', iat: now })
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
    ['iat', { iat: undefined }],
    ['iat', { iat: String(now) }],
    ['sub', { sub: undefined }],
    ['sub', { sub: '' }],
    ['sub', { sub: 7 }],
  ])('with a wrong `%s` is refused: %j', (fault, claims) => {
    expect(() => read(claims)).toThrow(refused(fault))
  })

  it('must say when the authentication was where an age was asked (item 13)', () => {
    expect(() => read({}, { requiresAuthTime: true })).toThrow(refused('auth_time'))
    expect(read({ auth_time: now }, { requiresAuthTime: true }).sub).toBe('ada')
  })

  it.each([
    ['alg', { alg: 'none' }],
    ['alg', { alg: 'HS256' }],
    ['alg', { alg: undefined }],
    ['crit', { crit: ['b64'] }],
  ])('whose header has a wrong `%s` is refused: %j', (fault, header) => {
    expect(() => read({}, {}, header)).toThrow(refused(fault))
  })

  it('is signed with RS256 where the provider announces nothing', () => {
    const token = (alg: string) => `${part({ alg })}.${part(good)}.c2ln`
    expect(idTokenClaims(token('RS256'), { issuer }, context).sub).toBe('ada')
    expect(() => idTokenClaims(token('ES256'), { issuer }, context)).toThrow(refused('alg'))
  })

  it.each([
    ['encrypted', `${part({ alg: 'ES256' })}.a.b.c.d`],
    ['without a signature', `${part({ alg: 'ES256' })}.${part(good)}`],
    ['no JWT at all', 'opaque'],
    ['with a list for claims', `${part({ alg: 'ES256' })}.${part([])}.c2ln`],
    ['with a broken payload', `${part({ alg: 'ES256' })}.e30x.c2ln`],
  ])('%s is refused', (_, token) => {
    const server = { issuer, id_token_signing_alg_values_supported: ['ES256'] }
    expect(() => idTokenClaims(token, server, context)).toThrow(
      expect.objectContaining({ code: 'response_invalid' }),
    )
  })
})
