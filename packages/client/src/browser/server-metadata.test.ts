import { describe, expect, it } from 'vitest'
import { endpoint, serverMetadata, type ServerMetadata } from './server-metadata.ts'

const issuer = new URL('https://id.example')
const refused = expect.objectContaining({ code: 'response_invalid' })

describe('a discovery document', () => {
  it('of the issuer is believed', () => {
    const document = { issuer: 'https://id.example' }
    expect(serverMetadata(issuer, document)).toBe(document)
  })

  it.each(['https://evil.example', 'https://id.example/tenant', 'id', undefined, 7])(
    'of the issuer `%s` is refused (OIDC Discovery §4.3)',
    (named) => {
      expect(() => serverMetadata(issuer, { issuer: named })).toThrow(refused)
    },
  )
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

  it.each([[['https://id.example/token']], [{ toString: 'https://id.example/token' }], [null]])(
    'that is no text is refused: %j',
    (address) => {
      const server = { issuer: 'https://id.example', token_endpoint: address } as unknown
      expect(() => endpoint(server as ServerMetadata, 'token_endpoint')).toThrow(refused)
    },
  )
})
