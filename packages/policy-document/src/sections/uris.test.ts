import { describe, expect, test } from 'vitest'
import { issuerFault, redirectUriFault, resourceIdFault } from './uris.ts'

const script = 'javascript'

describe('an issuer', () => {
  test.each([
    ['https://id.example.com'],
    ['https://id.example.com/'],
    ['https://id.example.com:8443/tenant'],
    ['http://localhost:4000'],
    ['http://127.0.0.1:4000'],
    ['http://[::1]:4000'],
  ])('%s is accepted', (text) => {
    expect(issuerFault(text)).toBeUndefined()
  })

  test.each([
    ['http://id.example.com'],
    ['http://localhost.example.com'],
    ['http://127.0.0.1.example.com'],
    ['id.example.com'],
    ['ftp://id.example.com'],
    ['https://id.example.com?x=1'],
    ['https://id.example.com/?'],
    ['https://id.example.com#x'],
    ['https://id.example.com/#'],
    ['https://user:secret@id.example.com'],
    ['https://ID.example.com'],
    ['https://id.example.com:443'],
    ['https://id.example.com/a/../b'],
    [' https://id.example.com'],
    ['https://id.example.com\\x'],
    [`${script}:alert(1)`],
  ])('%s is refused with a mend', (text) => {
    expect(issuerFault(text)?.mend).toMatch(/./)
  })
})

describe('a redirect URI', () => {
  test.each([
    ['https://app.example.com/callback', 'spa'],
    ['https://app.example.com/callback?from=newel', 'confidential'],
    ['http://localhost:5173/callback', 'spa'],
    ['http://127.0.0.1/callback', 'public'],
    ['http://[::1]:8080/', 'public'],
    ['com.example.app:/callback', 'public'],
  ] as const)('%s is accepted for %s', (text, type) => {
    expect(redirectUriFault(text, type)).toBeUndefined()
  })

  test.each([
    ['/callback', 'spa'],
    ['//app.example.com/callback', 'spa'],
    ['https://app.example.com/#callback', 'spa'],
    ['https://*.example.com/callback', 'spa'],
    ['http://app.example.com/callback', 'confidential'],
    ['http://localhost.example.com/callback', 'public'],
    ['https://u:p@app.example.com/', 'spa'],
    ['com.example.app:/callback', 'spa'],
    ['com.example.app:/callback', 'confidential'],
    ['myapp:/callback', 'public'],
    [`${script}:alert(1)`, 'public'],
    ['data:text/html,x', 'public'],
    ['https://app.example.com/a b', 'spa'],
    ['https://app.example.com\\@evil.example/', 'spa'],
    ['', 'spa'],
  ] as const)('%s is refused for %s', (text, type) => {
    expect(redirectUriFault(text, type)?.message).toMatch(/./)
  })

  test('a password in it is not repeated', () => {
    expect(
      JSON.stringify(redirectUriFault('https://u:hunter2@app.example.com/', 'spa')),
    ).not.toContain('hunter2')
  })
})

describe('a resource id (RFC 8707 §2)', () => {
  test.each([['https://api.example.com'], ['urn:example:api']])('%s is accepted', (text) => {
    expect(resourceIdFault(text)).toBeUndefined()
  })

  test.each([['api'], ['/api'], ['https://api.example.com#x']])('%s is refused', (text) => {
    expect(resourceIdFault(text)?.mend).toMatch(/./)
  })
})
