import { type CryptoKey, type JWK, calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type Visitor,
  answerPages,
  formsOf,
  openTestHouse,
} from '@newel/testing/house'

let house: TestHouse
let ada: TestPerson
let visitor: Visitor
let key: { readonly key: CryptoKey; readonly kid: string }

const jwtApi = 'https://api.test'
const opaqueApi = 'https://ledger.test'
const secret = 'a-secret-of-a-foreign-client-0001'

beforeAll(async () => {
  const pair = await generateKeyPair('ES256', { extractable: true })
  const jwk: JWK = await exportJWK(pair.publicKey)
  key = { key: pair.privateKey, kid: await calculateJwkThumbprint(jwk) }
  const jwks = JSON.stringify({ keys: [{ ...jwk, kid: key.kid }] })
  house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
resources:
  - { id: '${jwtApi}', name: API, scopes: { accounts: Read accounts } }
  - { id: '${opaqueApi}', name: Ledger, scopes: { entries: Read entries }, accessTokenFormat: opaque }
clients:
  - { id: keyed, type: confidential, authentication: private_key_jwt, jwks: ${jwks}, signedRequests: required, redirectUris: ['${redirectUri}'], default: basic, resources: ['${jwtApi}', '${opaqueApi}'] }
  - { id: broker, type: confidential, profile: fapi2, jwks: ${jwks}, redirectUris: ['${redirectUri}'], default: basic, resources: ['${jwtApi}'] }
  - { id: poster, type: confidential, secret: { env: POSTER }, redirectUris: ['${redirectUri}'], default: basic, resources: ['${opaqueApi}'] }
  - { id: robot, type: confidential, secret: { env: ROBOT }, clientCredentials: true, resources: ['${jwtApi}'] }
  - { id: api, type: confidential, secret: { env: API }, resources: ['${jwtApi}', '${opaqueApi}'] }
`,
    { clientSecrets: new Map(['poster', 'robot', 'api'].map((id) => [id, secret])) },
  )
})

afterAll(async () => house.close())

// A one-time code is good once, so each test has a person of its own.
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
})

async function configurationOf(
  clientId: string,
  authentication: oidc.ClientAuth,
): Promise<oidc.Configuration> {
  return oidc.discovery(new URL(house.issuer), clientId, undefined, authentication, {
    // The provider of this test is on loopback, where there is no TLS to speak of.
    // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out, and it does
    execute: [oidc.allowInsecureRequests],
  })
}

interface Asked {
  readonly parameters: Record<string, string>
  readonly checks: oidc.AuthorizationCodeGrantChecks
}

async function request(parameters: Readonly<Record<string, string>>): Promise<Asked> {
  const pkceCodeVerifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  return {
    parameters: {
      redirect_uri: house.redirectUri,
      scope: 'openid accounts entries',
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
      ...parameters,
    },
    checks: {
      pkceCodeVerifier,
      expectedState: state,
      expectedNonce: nonce,
      ...(parameters.max_age === undefined ? {} : { maxAge: Number(parameters.max_age) }),
    },
  }
}

/** Answers the pages until the person is sent back, or stands on the page that posts the answer. */
const answer = async (url: URL) => answerPages(visitor, await visitor.get(url), ada)

describe('openid-client', () => {
  it('authenticates by `private_key_jwt`, and steps up by signed requests, pushed or not', async () => {
    const configuration = await configurationOf('keyed', oidc.PrivateKeyJwt(key))
    const login = await request({ resource: jwtApi })
    const signed = await oidc.buildAuthorizationUrlWithJAR(configuration, login.parameters, key)
    const first = await answer(signed)
    expect(first.asked).toEqual(['login:password'])
    const before = await oidc.authorizationCodeGrant(configuration, first.page.url, login.checks)
    expect(before.claims()).toMatchObject({ acr: 'basic' })

    const stepUp = await request({ resource: jwtApi, acr_values: 'mfa', max_age: '600' })
    const object = await oidc.buildAuthorizationUrlWithJAR(configuration, stepUp.parameters, key)
    const pushed = await oidc.buildAuthorizationUrlWithPAR(configuration, object.searchParams)
    const second = await answer(pushed)
    expect(second.asked).toEqual(['step-up:totp'])
    const after = await oidc.authorizationCodeGrant(configuration, second.page.url, stepUp.checks)
    expect(after.claims()).toMatchObject({ acr: 'mfa', amr: ['pwd', 'otp', 'mfa'] })
  })

  it('lives by the FAPI 2.0 profile through a step-up, with one key for all tokens', async () => {
    const configuration = await configurationOf('broker', oidc.PrivateKeyJwt(key))
    const DPoP = oidc.getDPoPHandle(configuration, await oidc.randomDPoPKeyPair())
    const stepped = async (parameters: Readonly<Record<string, string>>) => {
      const { parameters: asked, checks } = await request({ resource: jwtApi, ...parameters })
      const url = await oidc.buildAuthorizationUrlWithPAR(configuration, asked, { DPoP })
      const { page } = await answer(url)
      return oidc.authorizationCodeGrant(configuration, page.url, checks, undefined, { DPoP })
    }
    const login = await stepped({})
    expect([login.token_type, login.claims()?.acr]).toEqual(['dpop', 'basic'])
    const stepUp = await stepped({ acr_values: 'mfa', max_age: '600' })
    expect([stepUp.token_type, stepUp.claims()?.acr]).toEqual(['dpop', 'mfa'])
    const refreshed = await oidc.refreshTokenGrant(
      configuration,
      stepUp.refresh_token ?? '',
      undefined,
      { DPoP },
    )
    expect([refreshed.token_type, refreshed.claims()?.acr]).toEqual(['dpop', 'mfa'])
    const api = await configurationOf('api', oidc.ClientSecretBasic(secret))
    const told = await oidc.tokenIntrospection(api, refreshed.access_token)
    expect(told).toMatchObject({ active: true, acr: 'mfa', token_type: 'DPoP' })
  })

  it('takes an answer by form, and an API reads the level of its opaque token', async () => {
    const configuration = await configurationOf('poster', oidc.ClientSecretPost(secret))
    const asked = await request({
      resource: opaqueApi,
      acr_values: 'mfa',
      response_mode: 'form_post',
    })
    const { page } = await answer(oidc.buildAuthorizationUrl(configuration, asked.parameters))
    const [form] = formsOf(page)
    const posted = new Request(form?.action ?? '', {
      method: 'POST',
      body: new URLSearchParams(form?.fields),
    })
    const tokens = await oidc.authorizationCodeGrant(configuration, posted, asked.checks)
    expect(tokens.claims()).toMatchObject({ acr: 'mfa' })
    expect(tokens.access_token.split('.')).toHaveLength(1)
    const api = await configurationOf('api', oidc.ClientSecretBasic(secret))
    expect(await oidc.tokenIntrospection(api, tokens.access_token)).toMatchObject({
      active: true,
      acr: 'mfa',
      auth_time: tokens.claims()?.auth_time,
      aud: opaqueApi,
    })
  })

  it('gets a token for itself, which names no level', async () => {
    const configuration = await configurationOf('robot', oidc.ClientSecretBasic(secret))
    const tokens = await oidc.clientCredentialsGrant(configuration, {
      resource: jwtApi,
      scope: 'accounts',
    })
    const api = await configurationOf('api', oidc.ClientSecretBasic(secret))
    const told = await oidc.tokenIntrospection(api, tokens.access_token)
    expect(told).toMatchObject({ active: true, client_id: 'robot', scope: 'accounts' })
    expect(told).not.toHaveProperty('acr')
  })
})
