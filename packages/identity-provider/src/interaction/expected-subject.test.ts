import { describe, expect, it } from 'vitest'
import { expectedSubject } from './expected-subject.ts'

function token(claims: object): string {
  return `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.c2ln`
}

describe('the person whom a request asks for', () => {
  it.each([
    ['by `id_token_hint` (OIDC Core §3.1.2.1)', { id_token_hint: token({ sub: 'a' }) }, 'a'],
    [
      'by the `sub` of its `claims` (OIDC Core §5.5.1)',
      { claims: '{"id_token":{"sub":{"value":"b"}}}' },
      'b',
    ],
    [
      'nobody where the `sub` is only wished for',
      { claims: '{"id_token":{"sub":null}}' },
      undefined,
    ],
    ['nobody by a broken hint', { id_token_hint: 'x.y.z' }, undefined],
    ['nobody by no parameter', {}, undefined],
  ])('%s', (_, params, subject) => {
    expect(expectedSubject({ params })).toBe(subject)
  })
})
