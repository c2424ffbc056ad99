import { request as httpRequest } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import {
  type TestHouse,
  type TestPerson,
  type VisitedPage,
  answerPage,
  answerPages,
  authorizationRequest,
  redeem,
} from '@newel/testing/house'
import { holdClock } from './hold-clock.ts'
import { ask, journey, now, openStepUpHouse, outcome } from './step-up-house.ts'

let house: TestHouse
let ada: TestPerson

beforeAll(async () => {
  house = await openStepUpHouse()
})
afterAll(async () => house.close())

holdClock()
let people = 0
beforeEach(async () => {
  people += 1
  ada = await house.addPerson(`ada${people}`, { totp: true })
})

/** Pushes a request (RFC 9126) and opens it with these parameters beside the reference. */
async function pushed(
  parameters: Readonly<Record<string, string>>,
  beside: Readonly<Record<string, string>>,
) {
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource: 'https://api.test',
    scope: 'openid accounts',
    ...parameters,
  })
  const response = await fetch(new URL('/par', house.issuer), {
    method: 'POST',
    body: attempt.url.searchParams,
  })
  const body = (await response.json()) as { request_uri?: string; error?: string }
  const url = new URL('/authorize', house.issuer)
  url.search = new URLSearchParams({
    client_id: 'web',
    request_uri: body.request_uri ?? '',
    ...beside,
  }).toString()
  return { status: response.status, error: body.error, attempt: { ...attempt, url } }
}

/** The end of a request that is not told to the redirect URI. */
function expectRefusedHere(page: VisitedPage): void {
  expect([page.status, page.page]).toEqual([400, 'error'])
  expect(page.url.origin).toBe(house.issuer)
}

describe('a pushed request (RFC 9126 §4)', () => {
  it('is not lowered by parameters beside its reference', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { attempt } = await pushed(
      { acr_values: 'mfa', max_age: '600' },
      { acr_values: 'basic', max_age: '99999', claims: '{}', scope: 'openid', state: 'other' },
    )
    const answered = await answerPages(visitor, await visitor.get(attempt.url), ada)
    expect(answered.asked).toEqual(['step-up:totp'])
    expect(answered.page.url.searchParams.get('state')).toBe(attempt.state)
    const tokens = await redeem(house, 'web', attempt, answered.page)
    expect(tokens.accessToken).toMatchObject({ acr: 'mfa', scope: 'accounts' })
  })

  it('keeps its `max_age=0`, whatever stands beside its reference', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { attempt } = await pushed(
      { max_age: '0' },
      { max_age: '99999', newel_max_age: '', prompt: 'none' },
    )
    const answered = await answerPages(visitor, await visitor.get(attempt.url), ada)
    expect(answered.asked).toEqual(['step-up:password'])
    const tokens = await redeem(house, 'web', attempt, answered.page)
    expect(tokens.accessToken).toMatchObject({ newel_one_shot: true, auth_time: now() })
  })

  it('does not get a one-shot token by the private parameter', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { attempt } = await pushed({ newel_max_age: '0' }, { newel_max_age: '0' })
    const answered = await answerPages(visitor, await visitor.get(attempt.url), ada)
    expect(answered.asked).toEqual([])
    const tokens = await redeem(house, 'web', attempt, answered.page)
    expect(tokens.accessToken['newel_one_shot']).toBeUndefined()
  })

  it('is refused when it is pushed, where it asks what nobody can meet', async () => {
    expect(await pushed({ acr_values: 'gold' }, {})).toMatchObject({
      error: 'unmet_authentication_requirements',
    })
    expect(await pushed({ max_age: '-1' }, {})).toMatchObject({ error: 'invalid_request' })
  })

  it('is not taken by another client, and not twice after a code', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { attempt } = await pushed({}, {})
    const foreign = new URL(attempt.url)
    foreign.searchParams.set('client_id', 'second')
    expect(outcome(await visitor.get(foreign))).not.toBe('code')
    expect(outcome(await visitor.get(attempt.url))).toBe('code')
    expect(outcome(await visitor.get(attempt.url))).not.toBe('code')
  })
})

describe('a redirect URI', () => {
  it.each([
    'http://localhost:9/callback/',
    'http://localhost:9/callback?x=1',
    'http://localhost:9/callback#x',
    'http://localhost:9/callback/../other',
    'http://localhost:9/CALLBACK',
    'http://localhost:9@evil.example/callback',
    'http://localhost:9.evil.example/callback',
    'http://user@localhost:9/callback',
    'http://127.0.0.1:9/callback',
    'https://localhost:9/callback',
    '//localhost:9/callback',
    'data:text/html,x',
  ])('that is not the registered one letter by letter, as `%s`, gets no answer', async (uri) => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { redirect_uri: uri })
    expect(outcome(page)).not.toBe('code')
    expect(page.url.origin).toBe(house.issuer)
  })
})

describe('what is not supported', () => {
  it('a request object of a client without keys is refused, signed or not', async () => {
    for (const algorithm of ['none', 'HS256']) {
      const part = (value: object): string =>
        Buffer.from(JSON.stringify(value)).toString('base64url')
      const request = `${part({ alg: algorithm })}.${part({ acr_values: 'basic' })}.`
      const { page } = await ask(house, house.visitor(), { request })
      expect(outcome(page)).toBe('invalid_request_object')
    }
  })

  it('a request by reference to elsewhere is refused and not fetched', async () => {
    const { page } = await ask(house, house.visitor(), {
      request_uri: 'http://169.254.169.254/latest',
    })
    expect(outcome(page)).not.toBe('code')
    expect(page.page).not.toBe('login')
  })

  it.each(['token', 'id_token', 'code token', 'none', 'code id_token'])(
    'the response type `%s` is refused',
    async (responseType) => {
      const { page } = await ask(house, house.visitor(), { response_type: responseType })
      const answered = new URLSearchParams(page.url.hash.slice(1) || page.url.search)
      expect(answered.get('error')).toBe('unsupported_response_type')
    },
  )

  it.each(['fragment', 'form_post', 'jwt', 'web_message', '__proto__'])(
    'the response mode `%s` is refused for an app in the browser',
    async (mode) => {
      const visitor = house.visitor()
      await journey(house, visitor, ada)
      const { page } = await ask(house, visitor, { response_mode: mode })
      expect(outcome(page)).toMatch(/^(invalid_request|unsupported_response_mode)$/)
    },
  )

  it('PKCE `plain` is refused', async () => {
    const { page } = await ask(house, house.visitor(), { code_challenge_method: 'plain' })
    expect(outcome(page)).toBe('invalid_request')
  })
})

describe('parameters', () => {
  it.each(['acr_values', 'max_age', 'client_id', 'redirect_uri', 'state', 'prompt', 'claims'])(
    'sent twice, as `%s`, are refused',
    async (name) => {
      const visitor = house.visitor()
      await journey(house, visitor, ada)
      const { url } = authorizationRequest(house, {
        client_id: 'web',
        acr_values: 'basic',
        max_age: '600',
        prompt: 'none',
        claims: '{}',
      })
      url.searchParams.append(name, url.searchParams.get(name) ?? '')
      const page = await visitor.get(url)
      expect(outcome(page)).not.toBe('code')
      expect(page.page).not.toBe('login')
    },
  )

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__proto__[acr_values]'])(
    'named `%s` change nothing',
    async (name) => {
      const tokens = await journey(house, house.visitor(), ada, { [name]: 'phr' })
      expect(tokens.accessToken).toMatchObject({ acr: 'basic', sub: ada.accountId })
      expect(({} as Record<string, unknown>)['acr_values']).toBeUndefined()
    },
  )

  it.each(['__proto__', 'constructor', 'toString', 'hasOwnProperty'])(
    'with the value `%s` name no level, no client and no resource',
    async (value) => {
      const visitor = house.visitor()
      await journey(house, visitor, ada)
      expect(outcome((await ask(house, visitor, { acr_values: value })).page)).toBe(
        'unmet_authentication_requirements',
      )
      expect(outcome((await ask(house, visitor, { resource: value })).page)).toBe('invalid_target')
      expectRefusedHere((await ask(house, visitor, { client_id: value })).page)
      expect((await ask(house, visitor, { prompt: value })).page.page).not.toBe('login')
    },
  )

  it.each([
    '{"id_token":{"acr":{"essential":true,"values":["__proto__"]}}}',
    '{"id_token":{"acr":{"essential":true,"value":"constructor"}}}',
    '{"id_token":{"acr":{"essential":true,"value":1}}}',
    '{"id_token":{"acr":"mfa"}}',
    '{"id_token":{"acr":{"essential":true,"values":"mfa"}}}',
    '{"id_token":[]}',
    '[]',
    'null',
    '{"id_token":{"acr":{"essential":true',
  ])('`claims` of `%s` give no code', async (claims) => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, { claims })
    expect(outcome(page)).toMatch(/^(invalid_request|unmet_authentication_requirements)$/)
  })

  it('`claims` that pollute a prototype ask nothing and change nothing', async () => {
    const claims =
      '{"__proto__":{"id_token":{"acr":{"value":"phr"}}},"id_token":{"__proto__":{"newel_one_shot":{"value":true}}}}'
    const tokens = await journey(house, house.visitor(), ada, { claims })
    expect(tokens.accessToken['newel_one_shot']).toBeUndefined()
    expect(tokens.accessToken['acr']).toBe('basic')
  })

  it('that a page shows are escaped', async () => {
    const hostile = `"><img src=x onerror=alert(1)>`
    const { page } = await ask(house, house.visitor(), {
      login_hint: hostile,
      ui_locales: hostile,
      display: 'page',
      state: hostile,
      nonce: hostile,
    })
    expect(page.page).toBe('login')
    expect(page.html).not.toContain('<img src=x')
    expect(page.html).toContain('&quot;&gt;&lt;img')
  })

  it('of an error page are not shown at all', async () => {
    const hostile = '<img src=x onerror=alert(1)>'
    const { page } = await ask(house, house.visitor(), {
      client_id: hostile,
      redirect_uri: hostile,
    })
    expectRefusedHere(page)
    expect(page.html).not.toContain('onerror')
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  it('with line breaks come back whole and split no header', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const state = 'a\r\nSet-Cookie: newel-session=evil\r\n\r\n<html>'
    const { page } = await ask(house, visitor, { state })
    expect(page.url.searchParams.get('state')).toBe(state)
    expect(page.headers.getSetCookie().join()).not.toContain('evil')
  })

  it('of a giant list of levels are refused at once', async () => {
    const started = performance.now()
    const unknown = Array.from({ length: 3000 }, (_, index) => `l${index}`).join(' ')
    const { status } = await pushed({ acr_values: unknown }, {})
    expect(status).toBe(400)
    const known = Array.from({ length: 6000 }, () => 'mfa').join(' ')
    const same = await pushed({ acr_values: known }, {})
    expect([same.status, same.error]).toEqual([400, 'invalid_request'])
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('what a client may not ask', () => {
  it('a resource that is not its own is `invalid_target`', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    const { page } = await ask(house, visitor, {
      client_id: 'plain',
      resource: 'https://api.test',
      scope: 'openid',
    })
    expect(outcome(page)).toBe('invalid_target')
  })

  it('a scope that is not its own is not granted', async () => {
    const own = { client_id: 'guarded', resource: '' }
    const { page } = await ask(house, house.visitor(), { ...own, scope: 'openid profile' })
    expect(outcome(page)).toBe('invalid_scope')
    // A scope of a resource says nothing without the resource.
    const tokens = await journey(house, house.visitor(), ada, { ...own, scope: 'openid accounts' })
    expect(tokens.raw['scope']).toBe('openid')
  })

  it('the token endpoint of a confidential client without its secret is `invalid_client`', async () => {
    const visitor = house.visitor()
    const { page, attempt } = await ask(house, visitor, { client_id: 'api', scope: 'openid' })
    const end = await answerPage(visitor, page, ada)
    expect(outcome(end)).toBe('code')
    expect((await redeem(house, 'api', attempt, end)).raw['error']).toBe('invalid_client')
  })
})

describe('logout', () => {
  it('leads to no address that is not registered for the client', async () => {
    const { raw } = await journey(house, house.visitor(), ada)
    for (const query of [
      { post_logout_redirect_uri: 'https://evil.example/' },
      { post_logout_redirect_uri: 'https://evil.example/', client_id: 'web' },
      { post_logout_redirect_uri: 'https://evil.example/', id_token_hint: String(raw['id_token']) },
    ]) {
      const visitor = house.visitor()
      const url = new URL('/logout', house.issuer)
      url.search = new URLSearchParams(query).toString()
      const page = await visitor.get(url)
      expect(page.url.origin).toBe(house.issuer)
      expect(page.html).not.toContain('evil.example')
    }
  })

  it('by a page of another site, without the confirmation of its form, does not end the session', async () => {
    const visitor = house.visitor()
    await journey(house, visitor, ada)
    await visitor.get('/logout')
    const forged = await visitor.post('/logout/confirm', { logout: 'yes', xsrf: 'guessed' })
    expect(forged.status).toBe(400)
    expect(outcome((await ask(house, visitor, { prompt: 'none' })).page)).toBe('code')
  })
})

describe('the host that a request claims', () => {
  it('reaches neither discovery nor the addresses of redirects and forms', async () => {
    const { hostname, port } = new URL(house.issuer)
    for (const path of ['/.well-known/openid-configuration', authorizePath()]) {
      const answered = await rawAnswer(hostname, Number(port), path, {
        host: 'evil.example',
        'x-forwarded-host': 'evil.example',
        'x-forwarded-proto': 'https',
        'x-forwarded-prefix': '/evil',
        forwarded: 'host=evil.example;proto=https',
        'x-original-url': '/evil',
        'x-rewrite-url': '/evil',
      })
      expect(answered).not.toContain('evil')
    }
  })
})

function authorizePath(): string {
  const { url } = authorizationRequest(house, { client_id: 'web' })
  return `${url.pathname}${url.search}`
}

/** Headers and body as text. */
async function rawAnswer(
  host: string,
  port: number,
  path: string,
  headers: Record<string, string>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const sent = httpRequest({ host, port, path, headers }, (response) => {
      const parts: Buffer[] = []
      response.on('data', (part: Buffer) => parts.push(part))
      response.on('end', () => {
        resolve(`${response.rawHeaders.join('\n')}\n${Buffer.concat(parts).toString()}`)
      })
    })
    sent.on('error', reject)
    sent.end()
  })
}
