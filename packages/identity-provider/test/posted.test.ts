import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestPerson,
  type Visitor,
  answerPages,
  authorizationRequest,
  formsOf,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { type ProtocolHouse, openProtocolHouse, requestObject, send } from './protocol-house.ts'
import { ask, outcome, pass } from './step-up-house.ts'

let house: ProtocolHouse
let ada: TestPerson
let visitor: Visitor
beforeAll(async () => {
  house = await openProtocolHouse()
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
  visitor = house.visitor()
})

function requestOf(clientId: string, parameters: Readonly<Record<string, string>> = {}) {
  const { url, state } = authorizationRequest(house, { client_id: clientId, ...parameters })
  return { form: Object.fromEntries(url.searchParams), state }
}

/** A form as a page of another site sends it: without cookies, and not followed. */
async function post(body: BodyInit, headers: Readonly<Record<string, string>> = {}) {
  return fetch(new URL('/authorize', house.issuer), {
    method: 'POST',
    body,
    headers: { origin: 'https://app.example', ...headers },
    redirect: 'manual',
  })
}

async function postAndFollow(form: Readonly<Record<string, string>>) {
  const answer = await post(new URLSearchParams(form))
  return visitor.get(new URL(answer.headers.get('location') ?? '', house.issuer))
}

describe('a request that is posted (OIDC Core §3.1.2.1)', () => {
  it('comes to the same end as one that is opened, in the session of the browser', async () => {
    const login = await answerPages(visitor, await postAndFollow(requestOf('web').form), ada)
    expect([login.asked, outcome(login.page)]).toEqual([['login:password'], 'code'])
    const { form, state } = requestOf('web', { acr_values: 'mfa', max_age: '600' })
    const stepUp = await answerPages(visitor, await postAndFollow(form), ada)
    expect(stepUp.asked).toEqual(['step-up:totp'])
    expect(stepUp.page.url.searchParams.get('state')).toBe(state)
  })

  it('is answered with 303, and stays out of the address', async () => {
    const { form } = requestOf('web', { login_hint: 'ada@example.com' })
    const answer = await post(new URLSearchParams(form))
    expect(answer.status).toBe(303)
    expect(answer.headers.get('cache-control')).toBe('no-store')
    expect(answer.headers.get('location')).toMatch(/^http:\S+\/authorize\?newel_request=[\w-]{22}$/)
  })

  it('asks for one new proof by `max_age=0`, as one that is opened does', async () => {
    await answerPages(visitor, await postAndFollow(requestOf('web').form), ada)
    const again = await answerPages(
      visitor,
      await postAndFollow(requestOf('web', { max_age: '0' }).form),
      ada,
    )
    expect(again.asked).toEqual(['step-up:password'])
  })

  it('is not changed by what stands beside its reference', async () => {
    await answerPages(visitor, await postAndFollow(requestOf('web').form), ada)
    const { form } = requestOf('web', { acr_values: 'mfa' })
    const answer = await post(new URLSearchParams(form))
    const url = new URL(answer.headers.get('location') ?? '')
    url.searchParams.set('acr_values', 'basic')
    url.searchParams.set('client_id', 'server')
    url.searchParams.set('newel_max_age', '0')
    expect((await answerPages(visitor, await visitor.get(url), ada)).asked).toEqual([
      'step-up:totp',
    ])
  })

  it('with a parameter twice is refused', async () => {
    const { form } = requestOf('web', { acr_values: 'mfa' })
    const twice = new URLSearchParams(form)
    twice.append('acr_values', 'basic')
    const answer = await post(twice)
    const page = await visitor.get(answer.headers.get('location') ?? '')
    expect(page.page).not.toBe('login')
    expect(outcome(page)).not.toBe('code')
  })

  it('may be signed', async () => {
    const { object } = await requestObject(house, 'signing', { acr_values: 'mfa' })
    const form = { client_id: 'signing', response_type: 'code', scope: 'openid', request: object }
    const answered = await answerPages(visitor, await postAndFollow(form), ada)
    expect([answered.asked, outcome(answered.page)]).toEqual([
      ['login:password', 'step-up:totp'],
      'code',
    ])
  })

  it('is kept for a minute', async () => {
    const answer = await post(new URLSearchParams(requestOf('web').form))
    pass(61)
    expect((await visitor.get(answer.headers.get('location') ?? '')).page).toBe('error')
  })

  it('of nobody known is not kept', async () => {
    const answer = await post(new URLSearchParams({ client_id: 'nobody', x: 'y'.repeat(1000) }))
    expect(answer.headers.get('location')).toMatch(/\/authorize\?client_id=nobody$/)
    const page = await visitor.get(answer.headers.get('location') ?? '')
    expect([page.status, page.page]).toEqual([400, 'error'])
  })

  it('of more than 16 KiB, or of another type, is refused with a page', async () => {
    const { form } = requestOf('web')
    const large = await post(new URLSearchParams({ ...form, claims: 'x'.repeat(17_000) }))
    expect([large.status, (await large.text()).includes('data-page="error"')]).toEqual([413, true])
    const json = await post(JSON.stringify(form), { 'content-type': 'application/json' })
    expect(json.status).toBe(415)
  })
})

describe('an answer that is posted (`response_mode=form_post`)', () => {
  async function answered(parameters: Readonly<Record<string, string>> = {}) {
    const { page, attempt } = await ask(house, visitor, {
      client_id: 'server',
      response_mode: 'form_post',
      ...parameters,
    })
    return { ...(await answerPages(visitor, page, ada)), attempt }
  }

  it('is a form for the redirect URI, with a button for browsers without scripts', async () => {
    const { page, attempt } = await answered({ acr_values: 'mfa' })
    expect([page.status, page.page]).toEqual([200, 'send-on'])
    const [form] = formsOf(page)
    expect(form).toMatchObject({
      action: house.redirectUri,
      fields: { state: attempt.state, iss: house.issuer },
      buttons: [{ label: 'Continue' }],
    })
    const { body } = await send(
      house,
      '/token',
      {
        grant_type: 'authorization_code',
        code: form?.fields['code'] ?? '',
        redirect_uri: house.redirectUri,
        code_verifier: attempt.verifier,
      },
      { as: 'server' },
    )
    const [, claims = ''] = String(body.id_token).split('.')
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ acr: 'mfa' })
  })

  it('may go to the origin of the redirect URI and nowhere else, and runs no inline script', async () => {
    const { page } = await answered()
    const policy = page.headers.get('content-security-policy') ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/script-src 'self';/)
    expect(policy).toMatch(/form-action http:\/\/localhost:9$/)
    expect(page.html).not.toMatch(/<script(?![^>]* src=)/)
    expect(page.headers.get('cache-control')).toBe('no-store')
    expect(page.html).toMatch(/<form [^>]*data-submit-at-once/)
  })

  it.each([
    ['de', 'Es geht zurück'],
    ['fr', 'Vous allez revenir'],
  ])('speaks `%s`', async (language, words) => {
    const { page } = await answered({ ui_locales: language })
    expect(page.html).toContain(words)
    expect(page.headers.get('content-language')).toBe(language)
  })

  it('tells errors in the same way', async () => {
    const { page, attempt } = await answered({ acr_values: 'gold' })
    expect(formsOf(page)[0]).toMatchObject({
      action: house.redirectUri,
      fields: {
        error: 'unmet_authentication_requirements',
        state: attempt.state,
        iss: house.issuer,
      },
    })
  })

  it('escapes what it carries', async () => {
    const { page } = await answered({ state: `"><script>alert(1)</script>` })
    expect(page.html).not.toContain('<script>alert')
    expect(formsOf(page)[0]?.fields['state']).toBe(`"><script>alert(1)</script>`)
  })
})

describe('discovery', () => {
  it('tells the modes, methods and algorithms that are offered, and no others', async () => {
    const response = await fetch(new URL('/.well-known/openid-configuration', house.issuer))
    const algorithms = ['ES256', 'PS256', 'EdDSA', 'Ed25519', 'RS256']
    expect(await response.json()).toMatchObject({
      response_modes_supported: ['query', 'form_post'],
      response_types_supported: ['code'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'private_key_jwt',
        'none',
      ],
      token_endpoint_auth_signing_alg_values_supported: algorithms,
      request_object_signing_alg_values_supported: algorithms,
      request_parameter_supported: true,
      request_uri_parameter_supported: false,
      authorization_response_iss_parameter_supported: true,
    })
  })
})
