import {
  type BrowserClient,
  type ClientEventListener,
  createBrowserClient,
  dialogPrompt,
  parkedCalls,
  sharedTabs,
  type StepUpMode,
} from '@newel/client/browser'
import type { RequirementName } from '../api/requirements.ts'

/** What the app learns at start from the server that it came from. */
export interface BankConfig {
  readonly issuer: string
  readonly resource: string
  readonly requirements: Readonly<
    Record<RequirementName, { readonly acr: readonly string[]; readonly maxAge?: number }>
  >
}

export async function loadConfig(): Promise<BankConfig> {
  const response = await fetch('/config.json')
  if (!response.ok) throw new Error('the bank has no configuration for its app')
  return (await response.json()) as BankConfig
}

export function createBankClient(
  config: BankConfig,
  mode: StepUpMode,
  onEvent: ClientEventListener,
): BrowserClient {
  const { origin } = location
  return createBrowserClient({
    issuer: config.issuer,
    clientId: 'bank-web',
    redirectUri: `${origin}/callback`,
    scope: 'openid accounts payments',
    resource: config.resource,
    apiOrigins: [origin],
    mode,
    // A call that a redirect interrupts is kept, and sent when it is back.
    parking: parkedCalls(),
    // One step-up, one refresh and one logout for all tabs of a person.
    tabs: sharedTabs(),
    // Where the browser blocks the popup: a click that it takes for one.
    prompt: dialogPrompt({
      texts: {
        title: 'Confirm that it is you',
        text: 'This needs another proof of who you are. You stay logged in, whatever you decide.',
        confirm: 'Continue',
        cancel: 'Not now',
      },
    }),
    onEvent,
  })
}

const modeKey = 'bank:step-up-mode'

/** How this tab steps up: the person's choice, which lasts as long as the tab. */
export function stepUpMode(): 'popup' | 'redirect' {
  return sessionStorage.getItem(modeKey) === 'redirect' ? 'redirect' : 'popup'
}

/** The client is made for one mode. The login comes back from the provider, drafts and the panel from the tab. */
export function changeStepUpMode(mode: 'popup' | 'redirect'): void {
  sessionStorage.setItem(modeKey, mode)
  location.reload()
}
