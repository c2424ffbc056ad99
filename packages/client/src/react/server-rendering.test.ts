import { createElement } from 'react'
import { renderToString } from 'react-dom/server'
import { describe, expect, it } from 'vitest'
import type { BrowserClient } from '../browser.ts'
import {
  ClientProvider,
  StepUpDialog,
  useCallbackResult,
  useClient,
  useSession,
  useStepUp,
  useWouldNeed,
} from '../react.ts'

function Page() {
  const { status } = useSession()
  const needed = useWouldNeed({ acr: 'mfa' })
  const { state } = useStepUp()
  return `${status} ${needed} ${state.status} ${useCallbackResult()?.outcome}`
}

function Caller({ seen }: { readonly seen: (client: BrowserClient) => void }) {
  seen(useClient())
  return null
}

function errorCode(work: () => unknown): unknown {
  try {
    work()
  } catch (error) {
    return (error as { code?: unknown }).code
  }
  throw new Error('it did not throw')
}

describe('rendered on the server, where there is no window', () => {
  it('nobody is logged in yet, and every requirement would be asked for', () => {
    expect(typeof window).toBe('undefined')
    expect(
      renderToString(createElement(ClientProvider, { client: undefined }, createElement(Page))),
    ).toBe('starting true idle undefined')
  })

  it('the fallback stands for children that wait for the session', () => {
    const props = { client: undefined, fallback: 'one moment' }
    expect(renderToString(createElement(ClientProvider, props, createElement(Page)))).toBe(
      'one moment',
    )
  })

  it('the dialog is there, closed', () => {
    const dialog = createElement(StepUpDialog, {
      requirement: { acr: 'mfa' },
      action: () => {},
      // Without JSX, a child that is a function has no other place.
      // oxlint-disable-next-line react/no-children-prop
      children: (start) => createElement('button', { onClick: start }, 'Save'),
    })
    const html = renderToString(createElement(ClientProvider, { client: undefined }, dialog))
    expect(html).toMatch(/<button>Save<\/button><dialog aria-labelledby=/)
    expect(html).not.toMatch(/<dialog[^>]* open/)
  })

  it('a call ends in `configuration`', async () => {
    const clients: BrowserClient[] = []
    const caller = createElement(Caller, { seen: (client) => clients.push(client) })
    renderToString(createElement(ClientProvider, { client: undefined }, caller))
    const calls = clients.flatMap((client) => [
      client.fetch('https://api.example'),
      client.stepUp({ acr: 'mfa' }),
      client.login(),
    ])
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'configuration' })
    expect(calls).toHaveLength(3)
  })

  it('a component outside of a provider ends in `configuration`', () => {
    expect(errorCode(() => renderToString(createElement(Page)))).toBe('configuration')
  })
})
