import {
  ClientProvider,
  StepUpDialog,
  useCallbackResult,
  useClient,
  useSession,
  useStepUp,
  useWouldNeed,
} from '@newel/client/react'
import { type BrowserClient, createBrowserClient } from '@newel/client/browser'
import { type ReactElement, StrictMode, useEffect, useRef, useState } from 'react'
import { createRoot } from 'react-dom/client'

declare global {
  interface Window {
    /** What the test's server writes into the page. */
    issuer: string
    client: BrowserClient
    /** How often `Level` was drawn. */
    draws: number
    calls: number
  }
}

const client = createBrowserClient({
  issuer: window.issuer,
  clientId: 'web',
  redirectUri: `${location.origin}/callback`,
  scope: 'openid accounts',
  apiOrigins: [location.origin],
})
window.client = client
window.draws = 0
window.calls = 0

// `StrictMode` mounts everything twice; the answer in the address may be used once.
const handleCallback = client.handleRedirectCallback.bind(client)
client.handleRedirectCallback = async () => {
  window.calls += 1
  return handleCallback()
}

const requirement = { acr: 'mfa', maxAge: 600 }

function Level(): ReactElement {
  const needed = useWouldNeed(requirement)
  useEffect(() => {
    window.draws += 1
  })
  return <p id="level">{needed ? 'needed' : 'held'}</p>
}

function ByHook(): ReactElement {
  const { state, stepUp, cancel } = useStepUp()
  const [last, setLast] = useState('')
  const raise = async () => {
    const session = await stepUp({ acr: 'mfa' })
    setLast(session ? `rose to ${session.acr}` : 'came to nothing')
  }
  return (
    <section>
      <button onClick={() => void raise()}>Raise</button>
      <button onClick={cancel}>Give up</button>
      <p id="hook">
        {state.status} {state.status === 'failed' ? state.error.code : ''} {last}
      </p>
    </section>
  )
}

/** Goes as soon as the level is held: its own step-up takes it away. */
function OnlyWhileNeeded({ onDone }: { onDone: () => void }): ReactElement | null {
  const needed = useWouldNeed(requirement)
  return needed ? <RaiseAndGo onDone={onDone} /> : null
}

function RaiseAndGo({ onDone }: { onDone: () => void }): ReactElement {
  const { stepUp } = useStepUp()
  return (
    <button onClick={() => void stepUp(requirement).then((session) => session && onDone())}>
      Raise and go
    </button>
  )
}

function App(): ReactElement {
  const state = useSession()
  const result = useCallbackResult()
  const app = useClient()
  const [saved, setSaved] = useState('')
  const [gone, setGone] = useState(false)
  const [shown, setShown] = useState(true)
  const count = useRef(0)
  const save = async () => {
    count.current += 1
    const response = await app.fetch('/api/details', { method: 'PUT', body: 'x' })
    setSaved(`${response.status} after ${count.current}`)
  }
  return (
    <main>
      <h1>Bank</h1>
      <p id="session">
        {state.status} {state.status === 'logged-in' ? state.session.acr : ''}
      </p>
      <p id="callback">{result?.outcome ?? 'none'}</p>
      <button onClick={() => void app.login()}>Log in</button>
      <Level />
      <StepUpDialog requirement={requirement} action={() => void save()}>
        {(start) => <button onClick={start}>Save</button>}
      </StepUpDialog>
      <p id="saved">{saved}</p>
      {shown && <ByHook />}
      <button onClick={() => setShown(false)}>Hide</button>
      <OnlyWhileNeeded onDone={() => setGone(true)} />
      <p id="gone">{gone ? 'done' : ''}</p>
    </main>
  )
}

const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <ClientProvider client={client} restore="none" fallback={<p>One moment</p>}>
        <App />
      </ClientProvider>
    </StrictMode>,
  )
}
