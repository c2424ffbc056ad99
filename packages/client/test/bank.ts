import {
  type BrowserClient,
  type BrowserClientOptions,
  type ClientEvent,
  createBrowserClient,
} from '../src/browser.ts'
import { FakeBrowser, FakeWindow } from './fake-browser.ts'
import { FixedClock } from './fixed-clock.ts'
import { ScriptedApi } from './scripted-api.ts'
import { ScriptedProvider } from './scripted-provider.ts'

export const appOrigin = 'https://bank.example'

/** One person with one tab open on the bank. */
export interface Tab {
  readonly window: FakeWindow
  readonly client: BrowserClient
  readonly events: ClientEvent[]
}

/** A provider, an API and a browser, for one case. */
export class Bank {
  readonly clock: FixedClock
  readonly provider: ScriptedProvider
  readonly api: ScriptedApi
  readonly browser: FakeBrowser

  private constructor(clock: FixedClock, provider: ScriptedProvider, api: ScriptedApi) {
    this.clock = clock
    this.provider = provider
    this.api = api
    this.browser = new FakeBrowser(clock)
    provider.person = { sub: 'alice', acr: 'basic', amr: ['pwd'], authTime: clock.now - 60 }
  }

  static async open(): Promise<Bank> {
    const clock = new FixedClock()
    return new Bank(clock, await ScriptedProvider.start(clock), await ScriptedApi.start())
  }

  async close(): Promise<void> {
    await Promise.all([this.provider.stop(), this.api.stop()])
  }

  /** A tab; `window` given: the same tab after a load, with nothing in memory. */
  tab(options: Partial<BrowserClientOptions> = {}, window = this.window()): Tab {
    const events: ClientEvent[] = []
    const client = createBrowserClient({
      issuer: this.provider.issuer,
      clientId: 'bank',
      redirectUri: `${appOrigin}/callback`,
      scope: 'openid accounts',
      apiOrigins: [this.api.origin],
      host: window,
      onEvent: (event) => events.push(event),
      ...options,
    })
    return { window, client, events }
  }

  window(href = `${appOrigin}/accounts?page=2`): FakeWindow {
    return new FakeWindow(this.browser, href)
  }

  /** Leave the page for the provider; the same tab comes back with nothing in memory. */
  async cross(
    tab: Tab,
    leave: () => unknown,
    options: Partial<BrowserClientOptions> = {},
  ): Promise<Tab> {
    const left = tab.window.left()
    leave()
    await tab.window.follow(await left)
    return this.tab(options, tab.window)
  }

  /** A tab that has logged in by the redirect. */
  async loggedIn(options: Partial<BrowserClientOptions> = {}): Promise<Tab> {
    const before = this.tab(options)
    const left = before.window.left()
    void before.client.login()
    await before.window.follow(await left)
    const tab = this.tab(options, before.window)
    await tab.client.handleRedirectCallback()
    return tab
  }

  url(path: string): string {
    return this.api.origin + path
  }
}

/** The error of work that must fail. */
export async function failureOf(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it did not fail')
    },
    (error: unknown) => error,
  )
}
