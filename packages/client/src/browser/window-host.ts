import { base64url } from '../base64url.ts'
import type { BrowserHost, PopupWindow } from './browser-host.ts'

const popupSize = [480, 720] as const

/** The abilities of the window that this runs in. */
export function windowHost(): BrowserHost {
  return {
    get href() {
      return location.href
    },
    fetch: (input, init) => fetch(input, init),
    now: () => Date.now() / 1000,
    randomToken: () => base64url(crypto.getRandomValues(new Uint8Array(32))),
    navigate: (url) => location.assign(url),
    replaceUrl: (url) => history.replaceState(history.state, '', url),
    openPopup,
    openFrame: (url) => {
      const frame = document.createElement('iframe')
      frame.hidden = true
      frame.src = url
      document.body.append(frame)
      return frame
    },
    storage: {
      get: (key) => sessionStorage.getItem(key) ?? undefined,
      set: (key, value) => sessionStorage.setItem(key, value),
      remove: (key) => sessionStorage.removeItem(key),
    },
    openChannel: (name, onMessage) => {
      const channel = new BroadcastChannel(name)
      if (onMessage) channel.addEventListener('message', ({ data }) => onMessage(data))
      return {
        post: (message) => channel.postMessage(message),
        close: () => channel.close(),
      }
    },
    onWindowMessage: (listener) =>
      listen('message', (event: MessageEvent) => listener(event.origin, event.data)),
    postToOpener: (message) => {
      const opener = (window.opener ?? (parent === window ? null : parent)) as Window | null
      opener?.postMessage(message, location.origin)
    },
    closeWindow: () => close(),
    onRestored: (listener) =>
      listen('pageshow', (event: PageTransitionEvent) => {
        if (event.persisted) listener()
      }),
    setTimeout: (callback, milliseconds) => {
      const timer = setTimeout(callback, milliseconds)
      return () => clearTimeout(timer)
    },
  }
}

function openPopup(): PopupWindow | undefined {
  const [width, height] = popupSize
  // In the middle of this window; the browser keeps it on the screen.
  const left = screenX + (outerWidth - width) / 2
  const top = screenY + (outerHeight - height) / 2
  const popup = open('', '', `popup,width=${width},height=${height},left=${left},top=${top}`)
  if (!popup || popup.closed) return undefined
  return {
    get closed() {
      return popup.closed
    },
    navigate: (url) => popup.location.replace(url),
    focus: () => popup.focus(),
    close: () => popup.close(),
  }
}

function listen<Name extends keyof WindowEventMap>(
  name: Name,
  listener: (event: WindowEventMap[Name]) => void,
): () => void {
  addEventListener(name, listener)
  return () => removeEventListener(name, listener)
}
