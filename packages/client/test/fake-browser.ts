import { randomBytes } from 'node:crypto'
import { type BrowserHost, type Channel, completePopup, type PopupWindow } from '../src/browser.ts'
import type { HeardEvents } from '../src/browser/browser-host.ts'
import type { FixedClock } from './fixed-clock.ts'

/** Windows of one browser: they share channels, and each tab has a storage of its own. */
export class FakeBrowser {
  readonly clock: FixedClock
  readonly channels = new Map<string, Set<EventTarget>>()
  /** Popups that were asked for, newest last. */
  readonly popups: FakePopup[] = []
  readonly frames: { readonly url: string; removed: boolean }[] = []
  opensPopups = true
  /** The provider's page stays open instead of answering. */
  holdsVisits = false
  /** A provider that cuts off the opener: only the channel is left. */
  seversOpener = false
  /** A browser without a working channel: only messages are left. */
  losesChannelMessages = false

  constructor(clock: FixedClock) {
    this.clock = clock
  }

  /** Load the provider in a popup or frame, and the callback page that it redirects to. */
  async visit(url: string, opener: FakeWindow, close: () => void): Promise<void> {
    if (this.holdsVisits) return
    const response = await fetch(url, { redirect: 'manual' })
    const location = response.headers.get('location')
    if (location === null) return
    completePopup(new FakeWindow(this, location, this.seversOpener ? undefined : opener, close))
  }
}

export class FakePopup implements PopupWindow {
  closed = false
  focused = 0
  url: string | undefined
  readonly navigated: Promise<string>
  #navigated: (url: string) => void = () => {}
  readonly #opener: FakeWindow

  constructor(opener: FakeWindow) {
    this.#opener = opener
    this.navigated = new Promise((resolve) => {
      this.#navigated = resolve
    })
  }

  readonly location = {
    replace: (url: string) => {
      this.url = url
      this.#navigated(url)
      void this.#opener.browser.visit(url, this.#opener, () => this.close())
    },
  }

  focus(): void {
    this.focused += 1
  }

  close(): void {
    this.closed = true
  }
}

/** One window, as the client sees it. */
export class FakeWindow implements BrowserHost {
  readonly browser: FakeBrowser
  href: string
  readonly #opener: FakeWindow | undefined
  readonly #close: () => void
  readonly #stored = new Map<string, string>()
  readonly #heard = new EventTarget()
  /** Addresses that the page was left for. */
  readonly navigations: string[] = []
  readonly #leaveListeners: ((url: string) => void)[] = []
  online = true

  constructor(
    browser: FakeBrowser,
    href: string,
    opener?: FakeWindow,
    close: () => void = () => {},
  ) {
    this.browser = browser
    this.href = href
    this.#opener = opener
    this.#close = close
  }

  readonly storage = {
    getItem: (key: string) => this.#stored.get(key) ?? null,
    setItem: (key: string, value: string) => void this.#stored.set(key, value),
    removeItem: (key: string) => void this.#stored.delete(key),
  }

  /** Everything that this tab keeps across loads. */
  get stored(): ReadonlyMap<string, string> {
    return this.#stored
  }

  fetch(request: Request): Promise<Response> {
    return this.online ? fetch(request) : Promise.reject(new TypeError('offline'))
  }

  now(): number {
    return this.browser.clock.now
  }

  randomToken(): string {
    return randomBytes(32).toString('base64url')
  }

  navigate(url: string): void {
    this.navigations.push(url)
    for (const listener of this.#leaveListeners.splice(0)) listener(url)
  }

  /** The next address that the page is left for. */
  left(): Promise<string> {
    return new Promise((resolve) => {
      this.#leaveListeners.push(resolve)
    })
  }

  /** Follow the provider's redirect: the same tab, loaded anew. */
  async follow(url: string): Promise<void> {
    const response = await fetch(url, { redirect: 'manual' })
    this.href = response.headers.get('location') ?? this.href
  }

  replaceUrl(url: string): void {
    this.href = new URL(url, this.href).href
  }

  openPopup(): PopupWindow | undefined {
    if (!this.browser.opensPopups) return undefined
    const popup = new FakePopup(this)
    this.browser.popups.push(popup)
    return popup
  }

  openFrame(url: string): { remove(): void } {
    const frame = { url, removed: false }
    this.browser.frames.push(frame)
    void this.browser.visit(url, this, () => {})
    return {
      remove: () => {
        frame.removed = true
      },
    }
  }

  openChannel(name: string): Channel {
    const { origin } = new URL(this.href)
    const members = this.browser.channels.get(name) ?? new Set()
    this.browser.channels.set(name, members)
    const heard = new EventTarget()
    const channel: Channel = {
      addEventListener: (_, listener) => heard.addEventListener('message', listener as never),
      postMessage: (data: unknown) => {
        if (this.browser.losesChannelMessages) return
        for (const member of members) {
          if (member !== heard) member.dispatchEvent(new MessageEvent('message', { origin, data }))
        }
      },
      close: () => {
        members.delete(heard)
        if (members.size === 0) this.browser.channels.delete(name)
      },
    }
    members.add(heard)
    return channel
  }

  addEventListener<Type extends keyof HeardEvents>(
    type: Type,
    listener: (event: HeardEvents[Type]) => void,
    options: { readonly signal: AbortSignal },
  ): void {
    const heard = listener as unknown as (event: Event) => void
    this.#heard.addEventListener(type, heard, options)
  }

  /** As another window would send it. */
  receive(origin: string, message: unknown): void {
    this.#heard.dispatchEvent(new MessageEvent('message', { origin, data: message }))
  }

  postToOpener(message: unknown): void {
    const { origin } = new URL(this.href)
    if (this.#opener && new URL(this.#opener.href).origin === origin) {
      this.#opener.receive(origin, message)
    }
  }

  closeWindow(): void {
    this.#close()
  }

  /** The person pressed Back, and the browser brought the page back as it was. */
  comeBack(): void {
    this.#heard.dispatchEvent(Object.assign(new Event('pageshow'), { persisted: true }))
  }

  setTimeout(callback: () => void, milliseconds: number, signal?: AbortSignal): void {
    const cancel = this.browser.clock.setTimeout(callback, milliseconds)
    signal?.addEventListener('abort', cancel)
  }
}
