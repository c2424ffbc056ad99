import type { EpochSeconds } from '@newel/policy'

/** What the client needs of a browser window; tests and other shells bring their own. */
export interface BrowserHost {
  /** The page's own address. */
  readonly href: string
  fetch(input: Request | string, init?: RequestInit): Promise<Response>
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
  /** An invisible frame at this address. */
  openFrame(url: string): { remove(): void }
  /** Lives as long as the tab, and is the tab's alone. */
  readonly storage: TabStorage
  /** A channel between pages of this origin. */
  openChannel(name: string, onMessage?: (message: unknown) => void): Channel
  /** Messages of other windows, with the origin that the browser vouches for. Returns what stops it. */
  onWindowMessage(listener: (origin: string, message: unknown) => void): () => void
  /** To the window that opened or holds this one, delivered only where it is of this origin. */
  postToOpener(message: unknown): void
  closeWindow(): void
  /** The person came back to this page as they left it, from the back-forward cache. Returns what stops it. */
  onRestored(listener: () => void): () => void
  /** Returns what cancels it. */
  setTimeout(callback: () => void, milliseconds: number): () => void
}

export interface PopupWindow {
  readonly closed: boolean
  navigate(url: string): void
  focus(): void
  close(): void
}

export interface TabStorage {
  get(key: string): string | undefined
  set(key: string, value: string): void
  remove(key: string): void
}

export interface Channel {
  post(message: unknown): void
  close(): void
}
