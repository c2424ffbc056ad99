import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type Bff, type GuardOutcome, memoryStore } from '../../src/bff.ts'
import type { RequirementInput } from '../../src/requirement.ts'
import { appOrigin, BffBank, Browser, form, navigationHeaders, scriptHeaders } from './bff-bank.ts'

let bank: BffBank

beforeEach(async () => {
  bank = await BffBank.open()
})

afterEach(async () => {
  await bank.close()
})

/** A browser at an app with one guarded route, and what the route did. */
class Route {
  readonly acts: string[] = []
  readonly browser: Browser
  readonly #requirement: RequirementInput

  constructor(browser: Browser, requirement: RequirementInput = { acr: 'mfa', maxAge: 600 }) {
    this.browser = browser
    this.#requirement = requirement
  }

  async navigate(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = navigationHeaders(init.headers)
    return this.#send(this.browser.request(path, { ...init, headers }))
  }

  async script(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = scriptHeaders(init.headers)
    return this.#send(this.browser.request(path, { ...init, headers }))
  }

  async #send(request: Request): Promise<Response> {
    const outcome: GuardOutcome = await this.browser.bff.require(this.#requirement).judge(request)
    if (outcome.outcome === 'answered') return this.browser.keep(outcome.answer)
    const { method, url } = outcome.request
    const { pathname, search } = new URL(url)
    this.acts.push(`${method} ${pathname}${search} ${await outcome.request.text()}`)
    const answer = Response.json({ subject: outcome.session.subject, acr: outcome.session.acr })
    for (const cookie of outcome.cookies) answer.headers.append('set-cookie', cookie)
    return this.browser.keep(answer)
  }

  /** Send what the page that goes on sends. */
  async resume(address: string): Promise<Response> {
    const page = await (await this.browser.navigate(address)).text()
    const [, action = ''] = /<form method="post" action="([^"]*)"/.exec(page) ?? []
    if (action === '') return Response.json({ page })
    return this.navigate(action.replaceAll('&#38;', '&'), { ...form, body: '' })
  }

  /** Step up for a form, to where the person is led. */
  async stepUp(init: RequestInit = form): Promise<string> {
    return this.browser.visit(await this.navigate('/details?from=menu', init))
  }
}

async function route(
  requirement?: RequirementInput,
  options: Parameters<BffBank['loggedIn']>[0] = {},
): Promise<Route> {
  return new Route(await bank.loggedIn(options), requirement)
}

const passed = 'POST /details?from=menu iban=DE02120300000000202051'

describe.each(['cookie', 'store'] as const)('a guarded route, sessions in the %s', (sessions) => {
  it('leads a page to step up and loads it again', async () => {
    const at = await route(undefined, { sessions })
    const back = await at.browser.visit(await at.navigate('/details?page=2'))
    expect(back).toBe('/details?page=2')
    expect((await at.navigate(back)).status).toBe(200)
    expect(bank.provider.authorizationRequests.at(-1)?.get('acr_values')).toBe('mfa')
    expect(bank.provider.authorizationRequests.at(-1)?.get('max_age')).toBe('600')
  })

  it('tells a script where to step up, and not what (67)', async () => {
    const at = await route(undefined, { sessions })
    const refused = await at.script('/details', form)
    expect(refused.status).toBe(401)
    const told = (await refused.json()) as { error: string; location: string }
    expect(told).toEqual({
      error: 'step_up_required',
      location: expect.stringMatching(/^\/bff\/step-up\?id=[\w-]+$/),
    })
    await at.browser.visit(await at.browser.navigate(told.location))
    expect((await at.script('/details', form)).status).toBe(200)
  })

  it('acts on a form once, after the step-up, as it was sent, with nothing of it in page or address (63)', async () => {
    const at = await route(undefined, { sessions })
    const resume = await at.stepUp()
    expect(resume).toMatch(/^\/bff\/resume\?id=[\w-]+$/)
    const page = await at.browser.navigate(resume)
    expect(await page.text()).not.toContain('DE02')
    expect(page.headers.get('content-security-policy')).toContain("script-src 'sha256-")
    expect(at.acts).toEqual([])
    const done = await at.resume(resume)
    expect(await done.json()).toEqual({ subject: 'alice', acr: 'mfa' })
    expect(at.acts).toEqual([passed])
    // The history's Back, and a second press of the button.
    expect((await at.browser.navigate(resume)).status).toBe(404)
    expect(at.acts).toHaveLength(1)
  })

  it('acts on a form once where two windows send it at once', async () => {
    const at = await route(undefined, { sessions })
    const resume = await at.stepUp()
    await Promise.all([at.resume(resume), at.resume(resume)])
    expect(at.acts).toEqual([passed])
  })
})

describe('a guard', () => {
  it('lets nobody pass without a session: a page logs in, a script is told to', async () => {
    const at = new Route(bank.browser())
    const page = await at.navigate('/details')
    expect(page.headers.get('location')).toBe('/bff/login?return_to=%2Fdetails')
    expect((await at.script('/details')).status).toBe(401)
    expect(at.acts).toEqual([])
  })

  it('judges by the order of levels and their lifetimes, as APIs do', async () => {
    bank.provider.person = { sub: 'alice', acr: 'phr', authTime: bank.clock.now }
    const at = await route({ acr: 'mfa' })
    expect((await at.navigate('/details')).status).toBe(200)
    bank.clock.advance(301)
    expect((await at.script('/details')).status).toBe(401)
  })

  it.each<[string, Record<string, unknown>]>([
    ['a lower level', { acr: 'basic' }],
    ['no level', { acr: undefined }],
    ['an unknown level', { acr: 'MFA' }],
    ['an old proof', { acr: 'mfa', auth_time: 1_700_000_000 }],
    ['a proof without a time', { acr: 'mfa', auth_time: undefined }],
  ])('lets %s not pass (DESIGN 3.11)', async (_name, overrides) => {
    bank.provider.idTokenOverrides = overrides
    const at = await route()
    expect((await at.script('/details')).status).toBe(401)
    expect(at.acts).toEqual([])
  })

  it('refuses a proof of tomorrow at the login already or at the route', async () => {
    bank.provider.idTokenOverrides = { acr: 'mfa', auth_time: bank.clock.now + 3600 }
    const at = await route()
    expect((await at.script('/details')).status).toBe(401)
  })

  it('accepts exactly as old as asked, and not a second more (OIDC Core §3.1.2.1)', async () => {
    bank.provider.person = { sub: 'alice', acr: 'mfa', authTime: bank.clock.now }
    const at = await route({ acr: 'mfa', maxAge: 600 })
    bank.clock.advance(600)
    expect((await at.script('/details')).status).toBe(200)
    bank.clock.advance(1)
    expect((await at.script('/details')).status).toBe(401)
  })

  it('with `maxAge: 0` wants a proof for each request: one step-up is good once', async () => {
    const at = await route({ acr: 'mfa', maxAge: 0 })
    await at.resume(await at.stepUp())
    expect(at.acts).toEqual([passed])
    expect((await at.script('/details', form)).status).toBe(401)
    const resume = await at.stepUp()
    const answers = await Promise.all([at.resume(resume), at.script('/details', form)])
    expect(answers.map(({ status }) => status).filter((status) => status === 200)).toHaveLength(1)
    expect(at.acts).toHaveLength(2)
  })

  it('with `maxAge: 0` takes no login for it, and no step-up of a minute ago', async () => {
    const at = await route({ acr: 'mfa', maxAge: 0 })
    bank.provider.person = { sub: 'alice', acr: 'mfa', authTime: bank.clock.now }
    await at.browser.logIn()
    expect((await at.script('/details', form)).status).toBe(401)
    const resume = await at.stepUp()
    bank.clock.advance(61)
    expect((await at.resume(resume)).status).toBe(303)
    expect(at.acts).toEqual([])
  })

  it('keeps the form where the level is over when the browser comes with it, and asks again', async () => {
    const at = await route({ acr: 'mfa', maxAge: 30 })
    const resume = await at.stepUp()
    bank.clock.advance(31)
    const again = await at.resume(resume)
    expect(again.headers.get('location')).toContain(bank.provider.issuer)
    await at.resume(await at.browser.visit(again))
    expect(at.acts).toEqual([passed])
  })

  it('changes nothing on cancel: session as before, form never acted on, code told (18)', async () => {
    const at = await route()
    bank.provider.authorizationError = 'access_denied'
    expect(await at.stepUp()).toBe('/details?bff_error=step_up_cancelled')
    expect(await at.browser.session()).toMatchObject({ subject: 'alice', acr: 'basic' })
    expect(at.acts).toEqual([])
    const shown = await at.navigate('/details?bff_error=step_up_cancelled')
    expect(shown.status).toBe(403)
    expect(await shown.text()).toContain('data-error="step_up_cancelled"')
  })

  it('gives a form to no other session, no other route and no other method', async () => {
    const at = await route()
    const resume = await at.stepUp()
    const id = new URL(resume, appOrigin).searchParams.get('id') ?? ''
    bank.provider.person = { sub: 'mallory', acr: 'mfa', authTime: bank.clock.now }
    const mallory = new Route(new Browser(at.browser.bff))
    await mallory.browser.logIn()
    expect((await mallory.browser.navigate(resume)).status).toBe(404)
    for (const [who, path, method] of [
      [mallory, '/details', 'POST'],
      [at, '/other', 'POST'],
      [at, '/details', 'PUT'],
    ] as const) {
      const sent = await who.navigate(`${path}?bff_form=${id}`, { ...form, body: '', method })
      expect(sent.headers.get('location')).toBe('/details?bff_error=transaction_unknown')
      expect(who.acts).toEqual([])
    }
    await at.resume(resume)
    expect(at.acts).toEqual([passed])
  })

  it('refuses what another site sends, before anything is looked at', async () => {
    const at = await route()
    const sent = await at.navigate('/details', {
      ...form,
      headers: { origin: 'https://evil.test' },
    })
    expect(sent.status).toBe(403)
    expect(bank.provider.authorizationRequests).toHaveLength(1)
  })

  it('parks no body that is too long', async () => {
    const at = await route(undefined, { parkedBodyBytes: 10 })
    const sent = await at.navigate('/details', form)
    expect(sent.headers.get('location')).toBe('/details?bff_error=body_not_replayable')
  })

  it('keeps bytes as they are', async () => {
    const at = await route()
    const body = new Uint8Array(256).map((_, index) => index)
    const resume = await at.stepUp({ ...form, body })
    await at.resume(resume)
    const text = new TextDecoder().decode(body)
    expect(at.acts).toEqual([`POST /details?from=menu ${text}`])
  })

  it('goes on judging while the provider is away, and fails closed where it never was there (79)', async () => {
    bank.provider.person = { sub: 'alice', acr: 'mfa', authTime: bank.clock.now }
    const store = memoryStore(() => bank.clock.now)
    let away = false
    const host = {
      fetch: (url: string, init: RequestInit) =>
        away ? Promise.reject(new TypeError('gone')) : fetch(url, init),
    }
    const at = await route({ acr: 'mfa' }, { store, host, idleSeconds: 7200 })
    away = true
    expect((await at.script('/details')).status).toBe(200)
    bank.provider.person.authTime = bank.clock.now
    const other = new Route(
      new Browser(bank.bff({ store, host, idleSeconds: 7200 }), at.browser.cookies),
    )
    expect((await other.script('/details')).status).toBe(503)
    expect(other.acts).toEqual([])
  })

  it('judges by the order that it knew while the provider is away for long', async () => {
    bank.provider.person = { sub: 'alice', acr: 'basic', authTime: bank.clock.now }
    let away = false
    const host = {
      fetch: (url: string, init: RequestInit) =>
        away ? Promise.reject(new TypeError('gone')) : fetch(url, init),
    }
    const at = await route({ acr: 'basic' }, { host, idleSeconds: 7200 })
    away = true
    bank.clock.advance(3601)
    expect((await at.script('/details')).status).toBe(200)
  })

  it('of a level that the provider does not know is an error, never a pass', async () => {
    const at = await route({ acr: 'gold' })
    await expect(at.script('/details')).rejects.toMatchObject({ code: 'configuration' })
    expect(at.acts).toEqual([])
  })

  it.each<[string, RequirementInput]>([
    ['asks for nothing', {}],
    ['names an age that no login is fast enough for', { acr: 'mfa', maxAge: 29 }],
    ['names an age that is none', { acr: 'mfa', maxAge: -1 }],
  ])('that %s is refused when it is made (51)', (_name, requirement) => {
    const bff: Bff = bank.bff()
    expect(() => bff.require(requirement)).toThrow(
      expect.objectContaining({ code: 'configuration' }),
    )
  })
})
