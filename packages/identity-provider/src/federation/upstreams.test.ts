import { describe, expect, it } from 'vitest'
import { createUpstreams } from './upstreams.ts'

const issuer = 'https://login.example/tenant'

/** What is asked of an upstream elsewhere that says this of itself, and where it would send a browser. */
async function asked(
  metadata: Readonly<Record<string, unknown>>,
): Promise<{ readonly addresses: readonly string[]; readonly goes: string | undefined }> {
  const addresses: string[] = []
  const { all } = createUpstreams({
    upstreams: [
      {
        id: 'company',
        name: 'Company',
        issuer,
        clientId: 'newel',
        scopes: ['openid'],
        authTime: 'required',
        provision: false,
        trustEmail: false,
        accept: [],
      },
    ],
    secrets: new Map(),
    issuer: 'https://id.example',
    clock: () => 1_800_000_000,
    logger: undefined,
    async fetch(input) {
      addresses.push(input instanceof Request ? input.url : String(input))
      const stated = {
        issuer,
        authorization_endpoint: `${issuer}/authorize`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
      }
      return Response.json({ ...stated, ...metadata })
    },
  })
  const url = await all[0]?.authorizationUrl({
    state: 's',
    nonce: 'n',
    codeChallenge: 'c',
    acrValues: [],
    maxAgeSeconds: 60,
    fresh: false,
  })
  await all[0]?.redeem(new URLSearchParams({ code: 'c', state: 's' }), {
    state: 's',
    nonce: 'n',
    codeVerifier: 'v'.repeat(43),
  })
  return { addresses, goes: url && `${url.origin}${url.pathname}` }
}

const discovery = `${issuer}/.well-known/openid-configuration`

describe('what an upstream elsewhere says of itself', () => {
  it('is read below the path of its issuer, and leads browsers where it says', async () => {
    expect(await asked({})).toEqual({
      addresses: [discovery, `${issuer}/token`],
      goes: `${issuer}/authorize`,
    })
  })

  it.each([
    'http://localhost:4000/admin',
    'https://localhost/admin',
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest',
  ])('leads neither this provider nor a browser to %s', async (inside) => {
    const token = await asked({ token_endpoint: inside })
    expect(token.addresses).toEqual([discovery])
    expect((await asked({ authorization_endpoint: inside })).goes).toBeUndefined()
  })

  it.each([
    ['another issuer', 'https://evil.example/tenant'],
    ['an issuer with a slash more', `${issuer}/`],
    ['the issuer without its path', 'https://login.example'],
    ['no issuer', undefined],
  ])('is not believed as %s (OpenID Discovery §4.3)', async (_title, other) => {
    expect((await asked({ issuer: other })).goes).toBeUndefined()
  })
})
