import fastify from 'fastify'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createResourceServer } from '@newel/resource-server'
import { protect } from '@newel/resource-server/fastify'
import { type TestHouse, type TestPerson, type Visitor, answerPages } from '@newel/testing/house'
import { clientSecret, openForeignHouse, resource } from './foreign-house.ts'

let house: TestHouse
let ada: TestPerson
let visitor: Visitor
let configuration: oidc.Configuration

beforeAll(async () => {
  house = await openForeignHouse({ type: 'confidential' })
  ada = await house.addPerson('ada', { totp: true })
  visitor = house.visitor()
  configuration = await oidc.discovery(
    new URL(house.issuer),
    'foreign',
    undefined,
    oidc.ClientSecretBasic(clientSecret),
    // The provider of this test is on loopback, where there is no TLS to speak of.
    // oxlint-disable-next-line typescript/no-deprecated -- marked so that it stands out, and it does
    { execute: [oidc.allowInsecureRequests] },
  )
})

afterAll(async () => {
  await house.close()
})

/** Authorization code flow by the foreign library's own rules, answered by the person. */
async function authorize(
  parameters: Readonly<Record<string, string>>,
  { who = ada, at = visitor, cancelling = false } = {},
) {
  const codeVerifier = oidc.randomPKCECodeVerifier()
  const state = oidc.randomState()
  const nonce = oidc.randomNonce()
  const url = oidc.buildAuthorizationUrl(configuration, {
    redirect_uri: house.redirectUri,
    scope: 'openid accounts',
    resource,
    state,
    nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
    ...parameters,
  })
  const first = await at.get(url)
  const { page, asked } = cancelling
    ? { page: await at.press(first, 'Cancel'), asked: [`${first.page}:${first.method}`] }
    : await answerPages(at, first, who)
  const checks = {
    pkceCodeVerifier: codeVerifier,
    expectedState: state,
    expectedNonce: nonce,
    ...(parameters.max_age === undefined ? {} : { maxAge: Number(parameters.max_age) }),
  }
  return { asked, finish: async () => oidc.authorizationCodeGrant(configuration, page.url, checks) }
}

describe('openid-client against the provider', () => {
  it('logs in, then steps up in the same session by `acr_values` and `max_age`', async () => {
    const login = await authorize({})
    expect(login.asked).toEqual(['login:password'])
    expect((await login.finish()).claims()).toMatchObject({ acr: 'basic', amr: ['pwd'] })

    const stepUp = await authorize({ acr_values: 'mfa', max_age: '600' })
    expect(stepUp.asked).toEqual(['step-up:totp'])
    const tokens = await stepUp.finish()
    expect(tokens.claims()).toMatchObject({ acr: 'mfa', amr: ['pwd', 'otp', 'mfa'] })

    const refreshed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? '')
    expect(refreshed.claims()).toMatchObject({ acr: 'mfa', auth_time: tokens.claims()?.auth_time })

    const introspection = await oidc.tokenIntrospection(configuration, tokens.access_token)
    expect(introspection).toMatchObject({
      active: true,
      acr: 'mfa',
      auth_time: tokens.claims()?.auth_time,
    })
  })

  it('pushes its request, and parameters beside the reference do not count (RFC 9126 §4)', async () => {
    const codeVerifier = oidc.randomPKCECodeVerifier()
    const url = await oidc
      .buildAuthorizationUrlWithPAR(configuration, {
        redirect_uri: house.redirectUri,
        scope: 'openid accounts',
        resource,
        acr_values: 'gold',
        state: 's',
        nonce: 'n',
        code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
      })
      .catch((error: unknown) => error)
    // Unknown levels are refused where the request is pushed, before anybody is sent anywhere.
    expect(url).toMatchObject({ error: 'unmet_authentication_requirements' })

    const pushed = await oidc.buildAuthorizationUrlWithPAR(configuration, {
      redirect_uri: house.redirectUri,
      scope: 'openid accounts',
      resource,
      acr_values: 'mfa',
      max_age: '0',
      state: 's',
      nonce: 'n',
      code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
      code_challenge_method: 'S256',
    })
    pushed.searchParams.set('acr_values', 'basic')
    pushed.searchParams.set('max_age', '10000')
    const page = await visitor.get(pushed)
    expect([page.page, page.method]).toEqual(['step-up', 'totp'])
  })

  it('is told of a cancelled step-up, and its tokens are as before', async () => {
    const ben = { who: await house.addPerson('ben', { totp: true }), at: house.visitor() }
    const tokens = await (await authorize({}, ben)).finish()
    const cancelled = await authorize({ acr_values: 'mfa' }, { ...ben, cancelling: true })
    expect(cancelled.asked).toEqual(['step-up:totp'])
    await expect(cancelled.finish()).rejects.toMatchObject({ error: 'access_denied' })
    const refreshed = await oidc.refreshTokenGrant(configuration, tokens.refresh_token ?? '')
    expect(refreshed.claims()).toMatchObject({
      acr: 'basic',
      auth_time: tokens.claims()?.auth_time,
    })
  })

  it('finds the challenge of a Newel API, asks what it names, and passes', async () => {
    const api = await createResourceServer({
      issuer: house.issuer,
      audience: resource,
      allowInsecureIssuer: true,
    })
    const app = fastify()
    const details = protect(api.require({ acr: 'mfa', maxAge: '10m' }))
    app.put('/details', { preHandler: details }, async () => ({ changed: true }))
    const address = await app.listen({ port: 0, host: '127.0.0.1' })
    const url = new URL('/details', address)
    try {
      const cleo = { who: await house.addPerson('cleo', { totp: true }), at: house.visitor() }
      const low = await (await authorize({}, cleo)).finish()
      const error: unknown = await oidc
        .fetchProtectedResource(configuration, low.access_token, url, 'PUT')
        .catch((thrown: unknown) => thrown)
      const [challenge] = (error as oidc.WWWAuthenticateChallengeError).cause
      expect(challenge?.parameters).toMatchObject({
        error: 'insufficient_user_authentication',
        acr_values: 'mfa',
        max_age: '600',
      })
      const { acr_values = '', max_age = '' } = challenge?.parameters ?? {}
      const tokens = await (await authorize({ acr_values, max_age }, cleo)).finish()
      const answer = await oidc.fetchProtectedResource(
        configuration,
        tokens.access_token,
        url,
        'PUT',
      )
      expect(answer.status).toBe(200)
    } finally {
      await app.close()
    }
  })

  it('is told of an unmet requirement by the standard error, with `state` and `iss`', async () => {
    const unmet = await authorize({ acr_values: 'gold' })
    await expect(unmet.finish()).rejects.toMatchObject({
      error: 'unmet_authentication_requirements',
    })
  })
})
