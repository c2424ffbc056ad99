import { type Bff, type BffEvent, type BffOptions, createBff } from '../../src/bff.ts'
import { FixedClock } from '../fixed-clock.ts'
import { ScriptedApi } from '../scripted-api.ts'
import { ScriptedProvider } from '../scripted-provider.ts'

export const appOrigin = 'https://bank.example'
export const secret = 'a secret of this test that is long enough'

/** New payment details, as a form of the app's own page posts them. */
export const form = {
  method: 'POST',
  body: 'iban=DE02120300000000202051',
  headers: { 'content-type': 'application/x-www-form-urlencoded', origin: appOrigin },
}

/** A browser with cookies, at the app and at the provider: what a person's clicks come to. */
export class Browser {
  readonly cookies = new Map<string, string>()
  readonly bff: Bff

  constructor(bff: Bff, cookies: ReadonlyMap<string, string> = new Map()) {
    this.bff = bff
    for (const [name, value] of cookies) this.cookies.set(name, value)
  }

  /** The request that this browser would make. */
  request(path: string, init: RequestInit = {}): Request {
    const headers = new Headers(init.headers)
    const cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    if (cookie !== '') headers.set('cookie', cookie)
    return new Request(new URL(path, appOrigin), { ...init, headers })
  }

  keep(response: Response): Response {
    for (const line of response.headers.getSetCookie()) {
      const [pair = '', ...attributes] = line.split('; ')
      const name = pair.slice(0, pair.indexOf('='))
      if (attributes.includes('Max-Age=0')) this.cookies.delete(name)
      else this.cookies.set(name, pair.slice(pair.indexOf('=') + 1))
    }
    return response
  }

  async send(path: string, init: RequestInit = {}): Promise<Response> {
    const response = await this.bff.handle(this.request(path, init))
    if (!response) throw new Error(`${path} is not a route`)
    return this.keep(response)
  }

  /** A script of the page. */
  script(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(path, { ...init, headers: scriptHeaders(init.headers) })
  }

  /** A page that is loaded, or a form that is sent. */
  navigate(path: string, init: RequestInit = {}): Promise<Response> {
    return this.send(path, { ...init, headers: navigationHeaders(init.headers) })
  }

  /** To the provider and back, which does what the case says. Tells where the browser is led from the callback. */
  async visit(start: Response): Promise<string> {
    const callback = await this.callbackOf(start)
    return (await this.navigate(callback)).headers.get('location') ?? ''
  }

  /** The address that the provider leads back to. */
  async callbackOf(start: Response): Promise<string> {
    const location = start.headers.get('location') ?? ''
    const answer = await fetch(location, { redirect: 'manual' })
    return answer.headers.get('location') ?? ''
  }

  async logIn(path = '/bff/login'): Promise<string> {
    return this.visit(await this.navigate(path))
  }

  async session(): Promise<Record<string, unknown>> {
    return (await (await this.script('/bff/session')).json()) as Record<string, unknown>
  }
}

export function scriptHeaders(headers?: HeadersInit): Headers {
  const all = new Headers(headers)
  if (!all.has('sec-fetch-site')) all.set('sec-fetch-site', 'same-origin')
  all.set('sec-fetch-mode', 'cors')
  all.set('referer', `${appOrigin}/accounts?page=2`)
  return all
}

export function navigationHeaders(headers?: HeadersInit): Headers {
  const all = new Headers(headers)
  if (!all.has('sec-fetch-site')) all.set('sec-fetch-site', 'same-origin')
  all.set('sec-fetch-mode', 'navigate')
  all.set('sec-fetch-dest', 'document')
  all.set('referer', `${appOrigin}/details`)
  all.set('accept', 'text/html')
  return all
}

/** A provider, an API and a backend, for one case. */
export class BffBank {
  readonly clock: FixedClock
  readonly provider: ScriptedProvider
  readonly api: ScriptedApi
  readonly events: BffEvent[] = []

  private constructor(clock: FixedClock, provider: ScriptedProvider, api: ScriptedApi) {
    this.clock = clock
    this.provider = provider
    this.api = api
    provider.person = { sub: 'alice', acr: 'basic', amr: ['pwd'], authTime: clock.now - 60 }
  }

  static async open(): Promise<BffBank> {
    const clock = new FixedClock()
    const bank = new BffBank(clock, await ScriptedProvider.start(clock), await ScriptedApi.start())
    bank.api.guards.set('/details', { acr: ['mfa'] })
    return bank
  }

  async close(): Promise<void> {
    await Promise.all([this.provider.stop(), this.api.stop()])
  }

  bff(options: Partial<BffOptions> = {}): Bff {
    const bff = createBff({
      issuer: this.provider.issuer,
      clientId: 'bank',
      origin: appOrigin,
      scope: 'openid accounts',
      apiOrigins: [this.api.origin],
      secrets: [secret],
      onEvent: (event) => this.events.push(event),
      ...options,
      host: { now: () => this.clock.now, ...options.host },
    })
    bff.proxy('/api/*', this.api.origin)
    return bff
  }

  browser(options: Partial<BffOptions> = {}): Browser {
    return new Browser(this.bff(options))
  }

  /** A browser that has logged in. */
  async loggedIn(options: Partial<BffOptions> = {}): Promise<Browser> {
    const browser = this.browser(options)
    await browser.logIn()
    return browser
  }
}
