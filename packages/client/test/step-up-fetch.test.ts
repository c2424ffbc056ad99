import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appOrigin, Bank, failureOf } from './bank.ts'

let bank: Bank

beforeEach(async () => {
  bank = await Bank.open()
})
afterEach(() => bank.close())

const stepUps = () =>
  bank.provider.authorizationRequests.filter((request) => request.has('acr_values')).length

describe('a call that the API challenges', () => {
  it('steps up in a popup and is sent once more, with the better token', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    const response = await client.fetch(bank.url('/details'))
    expect(response.status).toBe(200)
    expect(client.session).toMatchObject({ subject: 'alice', acr: 'mfa' })
    const [first, second, ...more] = bank.api.calls
    expect(more).toEqual([])
    expect(first?.authorization).not.toBe(second?.authorization)
  })

  it('keeps its method, headers and body (a POST is never sent as a GET)', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/transfers', { acr: ['mfa'] })
    await client.fetch(bank.url('/transfers'), { method: 'POST', body: '{"amount":5}' })
    expect(bank.api.calls.map(({ method, body }) => ({ method, body }))).toEqual([
      { method: 'POST', body: '{"amount":5}' },
      { method: 'POST', body: '{"amount":5}' },
    ])
  })

  it('may be a Request with a body', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/transfers', { acr: ['mfa'] })
    const request = new Request(bank.url('/transfers'), { method: 'PUT', body: 'twice' })
    expect((await client.fetch(request)).status).toBe(200)
    expect(bank.api.calls.map(({ body }) => body)).toEqual(['twice', 'twice'])
  })

  it('whose body was a stream ends in `body_not_replayable`, with what is required', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/upload', { acr: ['mfa'] })
    const init = { method: 'POST', body: new Blob(['once']).stream(), duplex: 'half' }
    expect(await failureOf(client.fetch(bank.url('/upload'), init))).toMatchObject({
      code: 'body_not_replayable',
      required: { acrValues: ['mfa'] },
    })
    expect(bank.api.calls).toHaveLength(1)
    expect(bank.browser.popups).toHaveLength(0)
  })

  it('asks the provider for exactly the challenge, and for the same person', async () => {
    const { client } = await bank.loggedIn({ resource: 'https://api.example' })
    bank.api.guards.set('/details', { acr: ['phr', 'mfa'], maxAge: 10, scope: 'payments' })
    await client.fetch(bank.url('/details'))
    const request = bank.provider.authorizationRequests.at(-1)
    expect(Object.fromEntries(request ?? [])).toMatchObject({
      response_type: 'code',
      client_id: 'bank',
      redirect_uri: `${appOrigin}/callback`,
      acr_values: 'phr mfa',
      max_age: '10',
      scope: 'openid accounts payments',
      resource: 'https://api.example',
      claims: '{"id_token":{"sub":{"value":"alice"}}}',
      code_challenge_method: 'S256',
    })
    expect(request?.has('id_token_hint')).toBe(false)
    for (const name of ['state', 'nonce', 'code_challenge']) {
      expect(request?.get(name)?.length).toBeGreaterThanOrEqual(43)
    }
    expect(bank.provider.tokenRequests.at(-1)?.get('resource')).toBe('https://api.example')
  })

  it('still refused after the step-up stops with `step_up_failed`, and never loops (RFC 9470 §5)', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'], never: true })
    expect(await failureOf(client.fetch(bank.url('/details')))).toMatchObject({
      name: 'StepUpError',
      code: 'step_up_failed',
      required: { acrValues: ['mfa'] },
      achieved: { acr: 'mfa', authTime: bank.clock.now },
    })
    expect(stepUps()).toBe(1)
    expect(bank.api.calls).toHaveLength(2)
  })

  it('ends with the signal, and so does the popup nobody waits for any more', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    bank.browser.holdsVisits = true
    const abort = new AbortController()
    const call = failureOf(client.fetch(bank.url('/details'), { signal: abort.signal }))
    await popupShown()
    abort.abort()
    expect(await call).toMatchObject({ name: 'AbortError' })
    expect(bank.browser.popups[0]?.closed).toBe(true)
    bank.browser.holdsVisits = false
    expect((await client.fetch(bank.url('/details'))).status).toBe(200)
  })

  it('tells the conversation as it happens, without a secret', async () => {
    const { client, events } = await bank.loggedIn()
    events.splice(0)
    bank.api.guards.set('/details', { acr: ['mfa'] })
    await client.fetch(bank.url('/details'))
    expect(events.map(({ type }) => type)).toEqual([
      'challenge',
      'authorization_request',
      'callback',
      'tokens',
      'retry',
    ])
    expect(events[3]).toMatchObject({
      cause: 'step_up',
      before: { acr: 'basic', amr: ['pwd'] },
      after: { acr: 'mfa', subject: 'alice' },
    })
    const told = JSON.stringify(events)
    const request = bank.provider.authorizationRequests.at(-1)
    for (const secret of [
      request?.get('state'),
      request?.get('nonce'),
      bank.provider.tokenRequests.at(-1)?.get('code'),
      bank.provider.tokenRequests.at(-1)?.get('code_verifier'),
      bank.api.calls[0]?.authorization?.slice('Bearer '.length),
    ]) {
      expect(secret).toBeTruthy()
      expect(told).not.toContain(secret)
    }
  })

  it('is not disturbed by a listener that throws', async () => {
    const { client } = await bank.loggedIn({
      onEvent: () => {
        throw new Error('listener')
      },
    })
    bank.api.guards.set('/details', { acr: ['mfa'] })
    expect((await client.fetch(bank.url('/details'))).status).toBe(200)
  })
})

describe('parallel challenges', () => {
  it('ten calls make one step-up and ten retries', async () => {
    const { client, events } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    const open = bank.api.hold()
    const calls = Array.from({ length: 10 }, () => client.fetch(bank.url('/details')))
    open()
    const responses = await Promise.all(calls)
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(stepUps()).toBe(1)
    expect(bank.browser.popups).toHaveLength(1)
    expect(bank.api.calls).toHaveLength(20)
    expect(events.filter(({ type }) => type === 'retry')).toHaveLength(10)
  })

  it('ten calls with `max_age=0` ask each for a proof of their own, one after the other', async () => {
    const { client } = await bank.loggedIn()
    bank.clock.advance(100)
    bank.api.guards.set('/transfers', { acr: ['mfa'], maxAge: 0 })
    const open = bank.api.hold()
    const calls = Array.from({ length: 10 }, () => client.fetch(bank.url('/transfers')))
    open()
    const responses = await Promise.all(calls)
    expect(responses.map(({ status }) => status)).toEqual(Array(10).fill(200))
    expect(stepUps()).toBe(10)
    expect(bank.api.calls).toHaveLength(20)
    expect(bank.browser.popups.filter(({ closed }) => !closed)).toEqual([])
  })

  it('calls with `max_age=0` end with the first refusal, and ask no more', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/transfers', { acr: ['mfa'], maxAge: 0 })
    const open = bank.api.hold()
    bank.browser.holdsVisits = true
    const calls = Array.from({ length: 4 }, () =>
      client.fetch(bank.url('/transfers')).then(
        ({ status }) => status,
        ({ code }: { code: string }) => code,
      ),
    )
    open()
    await expect.poll(() => bank.browser.popups.length).toBe(1)
    const url = await bank.browser.popups[0]?.navigated
    bank.browser.holdsVisits = false
    bank.browser.popups[0]?.location.replace(url ?? '')
    bank.browser.holdsVisits = true
    await expect.poll(() => bank.browser.popups.length).toBe(2)
    await bank.browser.popups[1]?.navigated
    bank.browser.popups[1]?.close()
    bank.clock.advance(2)
    expect(await Promise.all(calls)).toEqual([200, ...Array<string>(3).fill('step_up_cancelled')])
    expect(bank.browser.popups).toHaveLength(2)
  })

  it('a call that needs no proof of its own shares the one that another has made', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/transfers', { acr: ['mfa'], maxAge: 0 })
    bank.api.guards.set('/details', { acr: ['mfa'] })
    const open = bank.api.hold()
    const calls = ['/transfers', '/details', '/details'].map((path) => client.fetch(bank.url(path)))
    open()
    const responses = await Promise.all(calls)
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(stepUps()).toBe(1)
  })

  it('a challenge that comes late finds the step-up done, and only retries', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    bank.api.guards.set('/late', { acr: ['mfa'] })
    const open = bank.api.hold()
    const late = client.fetch(bank.url('/late'))
    await seen('/late')
    await client.stepUp({ acr: 'mfa' })
    open()
    expect((await late).status).toBe(200)
    expect(stepUps()).toBe(1)
  })

  it('a different challenge waits for the first, and asks only where the new token falls short', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    bank.api.guards.set('/admin', { acr: ['phr'] })
    const responses = await Promise.all([
      client.fetch(bank.url('/details')),
      client.fetch(bank.url('/admin')),
    ])
    expect(responses.map(({ status }) => status)).toEqual([200, 200])
    expect(stepUps()).toBeLessThanOrEqual(2)
    expect(bank.browser.popups.filter(({ closed }) => !closed)).toEqual([])
  })

  it('all fail alike where the one step-up is cancelled, and the next call asks anew', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    bank.provider.authorizationError = 'access_denied'
    const open = bank.api.hold()
    const calls = Array.from({ length: 3 }, () => failureOf(client.fetch(bank.url('/details'))))
    open()
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: 'step_up_cancelled' })
    }
    bank.provider.authorizationError = undefined
    expect((await client.fetch(bank.url('/details'))).status).toBe(200)
  })

  it('the failure of another’s step-up says nothing about a different one', async () => {
    const { client } = await bank.loggedIn()
    bank.browser.holdsVisits = true
    const first = failureOf(client.stepUp({ acr: 'mfa', maxAge: 0 }))
    const second = failureOf(client.stepUp({ acr: 'basic', maxAge: 60 }))
    const third = client.stepUp({ acr: 'phr' })
    await bank.browser.popups[0]?.navigated
    bank.browser.holdsVisits = false
    bank.browser.popups[0]?.close()
    bank.clock.advance(2)
    expect(await first).toMatchObject({ code: 'step_up_cancelled' })
    // A fresh `mfa` covers `basic`, so the second fell with the first; the third is another matter.
    expect(await second).toMatchObject({ code: 'step_up_cancelled' })
    expect((await third).acr).toBe('phr')
  })

  it('a caller that gives up leaves the step-up to the others', async () => {
    const { client } = await bank.loggedIn()
    bank.browser.holdsVisits = true
    const abort = new AbortController()
    const leaver = failureOf(client.stepUp({ acr: 'mfa' }, { signal: abort.signal }))
    const stayer = client.stepUp({ acr: 'mfa' })
    const url = await bank.browser.popups[0]?.navigated
    abort.abort()
    await leaver
    const popup = bank.browser.popups[0]
    expect(popup?.closed).toBe(false)
    bank.browser.holdsVisits = false
    popup?.location.replace(url ?? '')
    expect((await stayer).acr).toBe('mfa')
    expect(popup?.focused).toBe(1)
  })

  it('a call that comes while an abandoned step-up ends asks for itself', async () => {
    const { client } = await bank.loggedIn()
    const letGo = bank.provider.holdCode()
    const abort = new AbortController()
    const leaver = failureOf(client.stepUp({ acr: 'mfa' }, { signal: abort.signal }))
    await bank.provider.codeHeld
    abort.abort()
    await leaver
    const late = client.stepUp({ acr: 'mfa' })
    letGo()
    expect((await late).acr).toBe('mfa')
    expect(bank.browser.popups).toHaveLength(2)
  })
})

describe('what is no challenge to act on', () => {
  it.each([
    ['another error', 'Bearer error="insufficient_scope"'],
    ['another scheme', 'Basic realm="x"'],
    [
      'a scheme that a bearer token cannot meet',
      'DPoP error="insufficient_user_authentication", acr_values="mfa"',
    ],
    ['one that asks for nothing', 'Bearer error="insufficient_user_authentication"'],
    ['one that cannot be read', 'Bearer error="insufficient_user_authentication", acr_values="mfa'],
    ['none at all', ''],
  ])('%s passes through as the 401 it is', async (_, header) => {
    const { client } = await bank.loggedIn()
    bank.api.fixedChallenges.set('/x', header)
    expect((await client.fetch(bank.url('/x'))).status).toBe(401)
    expect(bank.browser.popups).toHaveLength(0)
    expect(bank.api.calls).toHaveLength(1)
  })

  it('an origin that is not listed gets no token and is not heard (RFC 9470 §9)', async () => {
    const { client } = await bank.loggedIn({ apiOrigins: ['https://api.elsewhere.example'] })
    bank.api.guards.set('/details', { acr: ['mfa'] })
    expect((await client.fetch(bank.url('/details'))).status).toBe(401)
    expect(bank.api.calls[0]?.authorization).toBeUndefined()
    expect(bank.browser.popups).toHaveLength(0)
  })

  it('a challenge behind a redirect to an origin that is not listed is not heard', async () => {
    const other = await Bank.open()
    try {
      const { client } = await bank.loggedIn()
      other.api.guards.set('/trap', { acr: ['mfa'] })
      bank.api.redirects.set('/moved', other.url('/trap'))
      expect((await client.fetch(bank.url('/moved'))).status).toBe(401)
      expect(bank.browser.popups).toHaveLength(0)
      expect(other.api.calls[0]?.authorization).toBeUndefined()
    } finally {
      await other.close()
    }
  })

  it('names where to go: the header cannot, only the issuer’s own metadata', async () => {
    const { client } = await bank.loggedIn()
    bank.api.fixedChallenges.set(
      '/x',
      'Bearer error="insufficient_user_authentication", acr_values="mfa", authorization_uri="https://evil.example/authorize", as_uri="https://evil.example"',
    )
    await failureOf(client.fetch(bank.url('/x')))
    expect(new URL(bank.browser.popups[0]?.url ?? '').origin).toBe(bank.provider.issuer)
  })

  it('a call with a token of the caller’s own is left to the caller', async () => {
    const { client } = await bank.loggedIn()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    const headers = { authorization: 'Bearer own' }
    expect((await client.fetch(bank.url('/details'), { headers })).status).toBe(401)
    expect(bank.api.calls[0]?.authorization).toBe('Bearer own')
  })

  it('a challenge with nobody logged in is `login_required`; an open path is just answered', async () => {
    const { client } = bank.tab()
    bank.api.guards.set('/details', { acr: ['mfa'] })
    expect((await client.fetch(bank.url('/open'))).status).toBe(200)
    expect(await failureOf(client.fetch(bank.url('/details')))).toMatchObject({
      code: 'login_required',
    })
  })
})

/** The first popup has been sent to the provider. */
async function popupShown(): Promise<void> {
  while (!bank.browser.popups[0]) await turn()
  await bank.browser.popups[0].navigated
}

async function seen(path: string): Promise<void> {
  while (!bank.api.calls.some((call) => call.path === path)) await turn()
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve)
  })
}
