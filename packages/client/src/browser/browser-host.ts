import type { EpochSeconds } from '@newel/policy'

/** What the client needs of a browser window; tests and other shells bring their own. */
export interface BrowserHost {
  /** The page's own address. */
  readonly href: string
  fetch(request: Request): Promise<Response>
  /** Seconds since 1970, fractions allowed. */
  now(): EpochSeconds
  /** 256 random bits, base64url. */
  randomToken(): string
  /** Leave the page. */
  navigate(url: string): void
  /** Change the address without loading; history keeps no entry of the old one. */
  replaceUrl(url: string): void
  /** An empty popup, or nothing where the browser opens none. Runs within the click, before anything is awaited. */
  openPopup(): PopupWindow | undefined
  /** An invisible frame at this address. Default: one in the document. */
  openFrame?(url: string): { remove(): void }
  /** Lives as long as the tab, and is the tab's alone. */
  readonly storage: TabStorage
  /** A channel between pages of this origin. */
  openChannel(name: string): Channel
  /** Hear of what happens to the window, until the signal. */
  addEventListener<Type extends keyof HeardEvents>(
    type: Type,
    listener: (event: HeardEvents[Type]) => void,
    options: { readonly signal: AbortSignal },
  ): void
  /** To the window that opened or holds this one, delivered only where it is of this origin. */
  postToOpener(message: unknown): void
  closeWindow(): void
  /** Runs later, unless the signal comes first. */
  setTimeout(callback: () => void, milliseconds: number, signal?: AbortSignal): void
}

/** The events of a window that are heard, and what of them is read. */
export interface HeardEvents {
  readonly message: Pick<MessageEvent<unknown>, 'origin' | 'data'>
  /** `persisted`: the person came back to the page as they left it, from the back-forward cache. */
  readonly pageshow: Pick<PageTransitionEvent, 'persisted'>
}

/** The part of a `Window` that the client leads a popup by. */
export type PopupWindow = Pick<Window, 'closed' | 'focus' | 'close'> & {
  readonly location: Pick<Location, 'replace'>
}

/** The part of `sessionStorage` that is used. */
export type TabStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>

/** The part of a `BroadcastChannel` that is used. */
export interface Channel {
  addEventListener(type: 'message', listener: (event: HeardEvents['message']) => void): void
  postMessage(message: unknown): void
  close(): void
}
