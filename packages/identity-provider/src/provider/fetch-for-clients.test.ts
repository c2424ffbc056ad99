import { parsePolicyDocument } from '@newel/policy-document'
import { describe, expect, it } from 'vitest'
import { fetchForClients } from './fetch-for-clients.ts'

const own = 'https://app.example.com/jwks.json'

function clients() {
  const read = parsePolicyDocument(`
issuer: https://id.example.com
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - { id: app, type: confidential, authentication: private_key_jwt, jwksUri: '${own}' }
`)
  if (!read.ok) throw new Error('the document is broken')
  return read.document.clients
}

/** What reaches the network of a request that the library makes. */
async function sent(address: string): Promise<Readonly<Record<string, unknown>>> {
  let seen: Readonly<Record<string, unknown>> = {}
  const fetch = fetchForClients(clients(), async (_input, init) => {
    seen = { ...init }
    return new Response('{"keys":[]}')
  })
  await fetch(address, { dispatcher: 'guards against inner addresses' } as RequestInit)
  return seen
}

describe('what is fetched of a client', () => {
  it('may be inside the network where the document says so, and nowhere else', async () => {
    expect(await sent(own)).not.toHaveProperty('dispatcher')
    expect(await sent('https://app.example.com/other.json')).toHaveProperty('dispatcher')
  })

  it('follows no redirect', async () => {
    expect(await sent(own)).toMatchObject({ redirect: 'error' })
  })
})
