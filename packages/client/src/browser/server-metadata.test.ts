import { describe, expect, it } from 'vitest'
import { endpoint, providerMetadata } from './server-metadata.ts'

const issuer = new URL('https://id.example')
const refused = expect.objectContaining({ code: 'response_invalid' })

describe('a discovery document', () => {
  it('of the issuer is believed, with its order of levels', () => {
    const levels = [
      { acr: 'basic', lifetime: 60, satisfies: [] },
      { acr: 'mfa', lifetime: 60, satisfies: ['basic'] },
    ]
    const { order } = providerMetadata(issuer, {
      issuer: 'https://id.example',
      newel_levels: levels,
    })
    expect(order?.satisfies('mfa', 'basic')).toBe(true)
  })

  it.each(['https://evil.example', 'https://id.example/tenant', 'id', undefined, 7])(
    'of the issuer `%s` is refused (OIDC Discovery §4.3)',
    (named) => {
      expect(() => providerMetadata(issuer, { issuer: named })).toThrow(refused)
    },
  )

  it('whose order contradicts itself has none', () => {
    const levels = [{ acr: 'mfa', lifetime: 60, satisfies: ['unheard-of'] }]
    expect(
      providerMetadata(issuer, { issuer: issuer.href, newel_levels: levels }).order,
    ).toBeUndefined()
  })
})

describe('an endpoint', () => {
  const read = (address: string | undefined, from = 'https://id.example') =>
    endpoint(
      { issuer: from, ...(address === undefined ? {} : { token_endpoint: address }) },
      'token_endpoint',
    ).href

  it('is on https, or on http where the issuer is', () => {
    expect(read('https://token.example/')).toBe('https://token.example/')
    expect(read('http://localhost:1/', 'http://localhost:2')).toBe('http://localhost:1/')
  })

  it.each([
    'http://id.example/token',
    'blob:https://id.example/1',
    'data:text/html,x',
    '/token',
    undefined,
  ])('`%s` is refused', (address) => {
    expect(() => read(address)).toThrow(refused)
  })
})
