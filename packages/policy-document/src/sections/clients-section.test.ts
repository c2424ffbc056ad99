import { describe, expect, test } from 'vitest'
import { type PolicyDocumentResult, parsePolicyDocument } from '../index.ts'

const start =
  'issuer: https://id.example.com\nlevels:\n  basic: { accepts: [password], lifetime: 12h }\n'

function read(client: string): PolicyDocumentResult {
  return parsePolicyDocument(`${start}clients: [{ id: tv, ${client} }]\n`)
}

function refusal(client: string): unknown {
  const result = read(client)
  return result.ok ? 'read' : result.problems.map(({ code, path }) => [code, path])
}

describe('a client with the device flow', () => {
  test('needs no redirect URI', () => {
    expect(read('type: public, deviceFlow: true')).toMatchObject({
      ok: true,
      document: { clients: [{ deviceFlow: true, redirectUris: [], allowedOrigins: [] }] },
    })
  })

  test('is no app in the browser', () => {
    expect(refusal("deviceFlow: true, redirectUris: ['https://a.example.com/x']")).toEqual([
      ['device_flow_in_browser', 'clients[0].deviceFlow'],
    ])
  })

  test('any other client still needs a redirect URI', () => {
    expect(refusal('type: public')).toEqual([['missing_key', 'clients[0].redirectUris']])
    expect(refusal('type: public, deviceFlow: false')).toEqual([
      ['missing_key', 'clients[0].redirectUris'],
    ])
  })
})

describe('a back-channel logout URI', () => {
  const app = "redirectUris: ['https://a.example.com/x']"

  test('is https, or http on loopback', () => {
    for (const uri of ['https://a.example.com/logout', 'http://localhost:4100/logout']) {
      expect(read(`${app}, backchannelLogoutUri: '${uri}'`)).toMatchObject({
        ok: true,
        document: { clients: [{ backchannelLogoutUri: uri }] },
      })
    }
  })

  test.each([
    'http://a.example.com/logout',
    'com.example.app:/logout',
    'https://a.example.com/logout#x',
    'https://user:secret@a.example.com/logout',
    '/logout',
  ])('is not `%s`', (uri) => {
    expect(refusal(`${app}, backchannelLogoutUri: '${uri}'`)).toEqual([
      ['invalid_logout_uri', 'clients[0].backchannelLogoutUri'],
    ])
  })
})
