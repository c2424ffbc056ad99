import { createResourceServer } from '@newel/resource-server'
import type { IssuerOptions, RequirementDeclaration } from '@newel/resource-server'
import { auth0, entra, keycloak, okta } from '@newel/resource-server/presets'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { describe, expect, test } from 'vitest'
import { reason } from './harness.ts'
import { testTime } from './local-issuer.ts'

interface Foreign {
  /** Sign claims as that provider does. */
  readonly sign: (claims: Record<string, unknown>) => Promise<string>
  readonly check: (token: string, requirement?: RequirementDeclaration) => Promise<string>
}

/** A provider at its real address, answered from here: only the network is not its own. */
async function startForeign(
  options: IssuerOptions,
  header: { alg?: string; typ?: string },
  metadata: Record<string, unknown> = {},
): Promise<Foreign> {
  const alg = header.alg ?? 'RS256'
  const { privateKey, publicKey } = await generateKeyPair(alg)
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'k', use: 'sig' }] }
  const api = await createResourceServer({
    ...options,
    clock: () => testTime,
    fetch: async (url) =>
      Response.json(
        url.endsWith('/keys')
          ? jwks
          : { issuer: options.issuer, jwks_uri: 'https://keys.example/keys', ...metadata },
      ),
  })
  return {
    sign: (claims) =>
      new SignJWT({
        iss: options.issuer,
        aud: options.audience,
        iat: testTime,
        exp: testTime + 3600,
        ...claims,
      } as Record<string, unknown>)
        .setProtectedHeader({ kid: 'k', ...header, alg })
        .sign(privateKey),
    check: async (token, requirement) =>
      reason(await api.check({ authorization: `Bearer ${token}` }, requirement)),
  }
}

describe('Keycloak', () => {
  const options = keycloak({
    realmUrl: 'https://sso.example/realms/bank/',
    audience: 'payments',
    order: ['1', '2', '3'],
  })
  const person = { typ: 'Bearer', azp: 'bank-web', sub: 'f3a1', auth_time: testTime - 30 }

  test('the level and its age are read, the issuer is written without the closing slash', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    const token = await sign({ ...person, acr: '2' })
    expect(await check(token, { acr: '1' })).toBe('allowed')
    expect(await check(token, { acr: '2', maxAge: 30 })).toBe('allowed')
    expect(await check(token, { acr: '3' })).toBe('401 level_missing')
    expect(await check(await sign({ ...person, acr: 3 }), { acr: '3' })).toBe('allowed')
  })

  test('an ID token is none, though it has the same header and an audience mapper names this API', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    expect(await check(await sign({ ...person, typ: 'ID' }))).toBe('401 token_type_refused')
    expect(await check(await sign({ ...person, typ: 'Refresh' }))).toBe('401 token_type_refused')
  })

  test('a service account is a machine, though its token states a level', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    const token = await sign({
      azp: 'job',
      sub: 'a81c',
      preferred_username: 'service-account-job',
      acr: '1',
    })
    expect(await check(token)).toBe('allowed')
    expect(await check(token, { acr: '1' })).toBe('403 person_required')
  })

  test('a level without a time of authentication is none', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    const { auth_time: _left, ...timeless } = person
    expect(await check(await sign({ ...timeless, acr: '3' }), { acr: '1' })).toBe(
      '401 level_missing',
    )
  })
})

describe('Auth0', () => {
  const options = auth0({
    domain: 'bank.eu.auth0.com',
    audience: 'https://api.bank.example',
    namespace: 'https://bank.example/',
    order: ['basic', 'mfa'],
  })
  const claims = {
    aud: ['https://api.bank.example', 'https://bank.eu.auth0.com/userinfo'],
    sub: 'auth0|6553',
    azp: 'web',
    'https://bank.example/acr': 'mfa',
    'https://bank.example/auth_time': testTime - 60,
  }

  test.each(['JWT', 'at+jwt'])(
    'the claims of an Action count, in tokens of type %s',
    async (typ) => {
      const { sign, check } = await startForeign(options, { typ })
      expect(await check(await sign(claims), { acr: 'basic', maxAge: 60 })).toBe('allowed')
      expect(await check(await sign(claims), { acr: 'mfa', maxAge: 59 })).toBe('401 level_expired')
      expect(
        await check(await sign({ ...claims, 'https://bank.example/acr': 1 }), { acr: 'mfa' }),
      ).toBe('401 level_missing')
    },
  )

  test('claims under other names are nobody’s', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    const token = await sign({ sub: 'auth0|1', acr: 'mfa', auth_time: testTime })
    expect(await check(token, { acr: 'mfa' })).toBe('401 level_missing')
  })

  test.each([{ sub: 'aw3@clients' }, { sub: 'x', gty: 'client-credentials' }])(
    'an application is a machine: %o',
    async (machine) => {
      const { sign, check } = await startForeign(options, { typ: 'JWT' })
      expect(await check(await sign({ ...claims, ...machine }), { acr: 'mfa' })).toBe(
        '403 person_required',
      )
    },
  )
})

describe('Okta', () => {
  const options = okta({ issuer: 'https://bank.okta.com/oauth2/default', audience: 'api://bank' })
  const claims = {
    ver: 1,
    cid: '0oa1',
    uid: '00u1',
    sub: 'anna@bank.example',
    scp: ['payments'],
    auth_time: testTime - 10,
  }

  test('predefined levels are ordered as documented, and lists of scopes are read', async () => {
    const { sign, check } = await startForeign(options, {})
    const token = await sign({ ...claims, acr: 'urn:okta:loa:2fa:any' })
    expect(await check(token, { acr: 'urn:okta:loa:1fa:any', scope: 'payments' })).toBe('allowed')
    expect(await check(token, { acr: 'urn:okta:loa:2fa:any', maxAge: 30 })).toBe('allowed')
    expect(await check(token, { acr: 'phr' })).toBe('401 level_missing')
    expect(await check(await sign({ ...claims, acr: 'phrh' }), { acr: 'phr' })).toBe('allowed')
  })

  test('a token that says its type is not one of Okta’s access tokens', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    expect(await check(await sign(claims))).toBe('401 token_type_refused')
  })

  test('an ID token is none', async () => {
    const { sign, check } = await startForeign(options, {})
    expect(await check(await sign({ sub: '00u1' }))).toBe('401 token_type_refused')
  })

  test('a service application is a machine', async () => {
    const { sign, check } = await startForeign(options, {})
    const { uid: _none, ...service } = { ...claims, sub: '0oa1' }
    expect(await check(await sign(service), { acr: 'phr' })).toBe('403 person_required')
  })
})

describe('Entra ID', () => {
  const options = entra({ tenantId: '9188040d', audience: '6e74172b' })
  const claims = { azp: 'web', sub: 'AAAA', scp: 'payments', acrs: ['c1', 'c3'] }

  test('every authentication context that the token lists is reached, and no other', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    const token = await sign(claims)
    expect(await check(token, { acr: 'c1' })).toBe('allowed')
    expect(await check(token, { acr: 'c3' })).toBe('allowed')
    expect(await check(token, { acr: 'c2' })).toBe('401 level_missing')
  })

  test('an ID token is none, though application and API are one registration', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    expect(await check(await sign({ sub: 'AAAA', acrs: ['c1'] }))).toBe('401 token_type_refused')
  })

  test('without `auth_time` no age can be met', async () => {
    const { sign, check } = await startForeign(options, { typ: 'JWT' })
    expect(await check(await sign(claims), { acr: 'c1', maxAge: '1h' })).toBe('401 level_missing')
    const timed = await sign({ ...claims, auth_time: testTime - 60 })
    expect(await check(timed, { acr: 'c1', maxAge: '1h' })).toBe('allowed')
  })

  test.each([{ idtyp: 'app' }, { scp: undefined, roles: ['Payments.All'] }])(
    'an application is a machine: %o',
    async (machine) => {
      const { sign, check } = await startForeign(options, { typ: 'JWT' })
      expect(await check(await sign({ ...claims, ...machine }), { acr: 'c1' })).toBe(
        '403 person_required',
      )
    },
  )
})
