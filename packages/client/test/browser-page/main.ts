import {
  type BrowserClient,
  createBrowserClient,
  dialogPrompt,
  dpop,
  parkedCalls,
  sharedTabs,
} from '@newel/client/browser'

declare global {
  interface Window {
    /** What the test's server writes into the page. */
    provider: string
    browserClient: BrowserClient
  }
}

// Which parts the case at hand takes; the page itself comes and goes.
const parts = new Set((localStorage.getItem('parts') ?? '').split(' '))

const client = createBrowserClient({
  issuer: window.provider,
  clientId: 'web',
  redirectUri: `${location.origin}/callback`,
  scope: 'openid accounts',
  apiOrigins: [location.origin],
  ...(parts.has('redirect') && { mode: 'redirect' }),
  ...(parts.has('parking') && { parking: parkedCalls() }),
  ...(parts.has('dpop') && { binding: dpop() }),
  ...(parts.has('tabs') && { tabs: sharedTabs() }),
  ...(parts.has('prompt') && {
    prompt: dialogPrompt({
      when: 'always',
      texts: { title: 'One more step', text: 'Why', confirm: 'Continue', cancel: 'Not now' },
    }),
  }),
})
window.browserClient = client

function element(name: 'p' | 'button', id: string, text: string): HTMLElement {
  const made = document.body.appendChild(document.createElement(name))
  made.id = id
  made.textContent = text
  return made
}

const session = element('p', 'session', '')
const outcome = element('p', 'outcome', '')
client.subscribe((now) => {
  session.textContent = now ? `logged in at ${now.acr}` : 'logged out'
})

element('button', 'login', 'Log in').addEventListener('click', () => void client.login())
element('button', 'save', 'Save').addEventListener('click', () => void save())

async function save(): Promise<void> {
  try {
    const response = await client.fetch('/api/details', { method: 'POST', body: 'iban=DE02' })
    outcome.textContent = `${response.status} ${await response.text()}`
  } catch (error) {
    outcome.textContent = String(
      error && typeof error === 'object' && 'code' in error && error.code,
    )
  }
}

const result = await client.handleRedirectCallback()
if (result?.outcome !== 'relayed' && result?.outcome !== 'redirecting') {
  if (!result) await client.restore().catch(() => undefined)
  session.textContent ||= 'logged out'
  for (const { method, response } of await client.resumed()) {
    outcome.textContent = `resumed ${method} ${response?.status} ${await response?.text()}`
  }
}
