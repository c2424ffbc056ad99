import type { CallbackResult } from '@newel/client/browser'
import type { ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { App } from './app.tsx'
import { createBankClient, loadConfig, stepUpMode } from './bank-client.ts'
import { CodesPage } from './codes-page.tsx'
import { Conversation } from './conversation/conversation.ts'
import { describeClientEvent } from './conversation/describe-client-event.ts'
import { watchProvider } from './conversation/watch-provider.ts'
import './style.css'

function render(page: ReactNode): void {
  const container = document.getElementById('root')
  if (container) createRoot(container).render(page)
}

async function startApp(): Promise<void> {
  const config = await loadConfig()
  const conversation = new Conversation()
  const client = createBankClient(config, stepUpMode(), (event) => {
    conversation.add(...describeClientEvent(event, Date.now()))
  })
  const callback: CallbackResult | undefined = await client.handleRedirectCallback()
  // This window belongs to another page of the app, or is being left: there is nothing to show.
  if (callback?.outcome === 'relayed' || callback?.outcome === 'redirecting') return
  watchProvider(conversation, () => client.session?.subject)
  if (callback) history.replaceState(null, '', callback.returnTo)
  else await client.restore().catch(() => undefined)
  render(<App client={client} config={config} conversation={conversation} callback={callback} />)
}

if (location.pathname === '/demo/codes') {
  render(<CodesPage />)
} else {
  startApp().catch(() => {
    render(
      <main className="alone">
        <h1>Baluster Bank</h1>
        <p role="alert">The bank cannot be reached at the moment. Reload the page to try again.</p>
      </main>,
    )
  })
}
