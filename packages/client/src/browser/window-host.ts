import { randomToken } from '../base64url.ts'
import type { BrowserHost } from './browser-host.ts'

const width = 480
const height = 720

/** The abilities of the window that this runs in. */
export function windowHost(): BrowserHost {
  return {
    get href() {
      return location.href
    },
    fetch: (request) => fetch(request),
    now: () => Date.now() / 1000,
    randomToken,
    navigate: (url) => location.assign(url),
    replaceUrl: (url) => history.replaceState(history.state, '', url),
    openPopup: () => {
      // In the middle of this window; the browser keeps it on the screen.
      const left = screenX + (outerWidth - width) / 2
      const top = screenY + (outerHeight - height) / 2
      const popup = open('', '', `popup,width=${width},height=${height},left=${left},top=${top}`)
      return popup?.closed === false ? popup : undefined
    },
    get storage() {
      return sessionStorage
    },
    openChannel: (name) => new BroadcastChannel(name),
    addEventListener: (type, listener, options) => addEventListener(type, listener, options),
    postToOpener: (message) => ((opener as Window | null) ?? parent).postMessage(message, origin),
    closeWindow: () => close(),
    setTimeout: (callback, milliseconds, signal) => {
      const timer = setTimeout(callback, milliseconds)
      signal?.addEventListener('abort', () => clearTimeout(timer))
    },
  }
}
