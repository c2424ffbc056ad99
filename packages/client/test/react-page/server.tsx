import {
  ClientProvider,
  StepUpDialog,
  useSession,
  useStepUp,
  useWouldNeed,
} from '@newel/client/react'
import { type ReactElement, StrictMode, version } from 'react'
import { renderToString } from 'react-dom/server'

function Page(): ReactElement {
  const { status } = useSession()
  const needed = useWouldNeed({ acr: 'mfa' })
  const { state } = useStepUp()
  return (
    <p>
      {`${status} ${needed} ${state.status}`}
      <StepUpDialog requirement={{ acr: 'mfa' }} action={() => {}}>
        {(start) => <button onClick={start}>Save</button>}
      </StepUpDialog>
    </p>
  )
}

export { version }
export const html = renderToString(
  <StrictMode>
    <ClientProvider client={undefined}>
      <Page />
    </ClientProvider>
  </StrictMode>,
)
