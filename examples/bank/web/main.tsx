import type { CallbackResult } from '@newel/client/browser'
import type { ReactNode } from 'react'
import { createRoot, type Root } from 'react-dom/client'
import { App } from './app.tsx'
import { createBankClient, loadConfig, stepUpMode } from './bank-client.ts'
import { CodesPage } from './codes-page.tsx'
import { Conversation } from './conversation/conversation.ts'
import type { ConversationItem } from './conversation/conversation-item.ts'
import { describeClientEvent } from './conversation/describe-client-event.ts'
import { watchProvider } from './conversation/watch-provider.ts'
import './style.css'

let root: Root | undefined

function render(page: ReactNode): void {
  const container = document.getElementById('root')
  if (container) root ??= createRoot(container)
  root?.render(page)
}

async function startApp(): Promise<void> {
  const config = await loadConfig()
  const conversation = new Conversation()
  // What the provider said before this page loaded comes first.
  let early: ConversationItem[] | undefined = conversation.takeDeferred()
  const client = createBankClient(config, stepUpMode(), (event) => {
    const items = describeClientEvent(event, Date.now())
    if (early) early.push(...items)
    else conversation.add(...items)
  })
  const callback: CallbackResult | undefined = await client.handleRedirectCallback()
  // This window belongs to another page of the app, or is being left: there is nothing to show.
  if (callback?.outcome === 'relayed') return
  if (callback?.outcome === 'redirecting') {
    conversation.defer(early)
    return
  }
  const tellBefore = async (): Promise<void> => {
    await watchProvider(conversation, () => client.session?.subject)
    conversation.add(...(early ?? []))
    early = undefined
  }
  const toldBefore = tellBefore()
  if (callback) {
    history.replaceState(null, '', callback.returnTo)
  } else {
    render(
      <main className="alone">
        <output>Looking whether you are logged in…</output>
      </main>,
    )
    // Without a session, or without a provider, there is a page to log in from.
    await client.restore().catch(() => undefined)
  }
  const resumed = await client.resumed()
  await toldBefore
  render(<App {...{ client, config, conversation, callback, resumed }} />)
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
