import type { Session } from '@newel/client/browser'
import { useEffect, useRef, useState, useSyncExternalStore } from 'react'
import type { Conversation, NumberedItem } from './conversation.ts'
import { claimTexts } from './describe-client-event.ts'

export interface ConversationPanelProps {
  readonly conversation: Conversation
  readonly session: Session | undefined
}

/** What app, API and provider say to each other, as they say it. */
export function ConversationPanel({ conversation, session }: ConversationPanelProps) {
  const items = useSyncExternalStore(conversation.subscribe, () => conversation.items)
  const list = useRef<HTMLOListElement>(null)
  useEffect(() => {
    const element = list.current
    if (items.length > 0) element?.scrollTo({ top: element.scrollHeight })
  }, [items])
  return (
    <aside className="panel" aria-labelledby="panel-title" data-testid="panel">
      <div className="panel-head">
        <h2 id="panel-title">The conversation</h2>
        <button
          type="button"
          className="quiet"
          disabled={items.length === 0}
          onClick={() => conversation.clear()}
        >
          Clear
        </button>
      </div>
      <p className="panel-note">
        What app, API and provider say to each other. Codes for trying:{' '}
        <a href="/demo/codes" target="_blank" rel="noreferrer">
          one-time codes (new tab)
        </a>
      </p>
      {session ? <PresentToken session={session} /> : null}
      {items.length === 0 ? (
        <p className="panel-empty">Nothing yet. Log in, then try an action that asks for more.</p>
      ) : (
        // Scrolls on its own, so the keyboard must reach it.
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
        <ol className="timeline" ref={list} tabIndex={0} aria-label="What was said, oldest first">
          {items.map((item) => (
            <Item key={item.id} item={item} />
          ))}
        </ol>
      )}
    </aside>
  )
}

function Item({ item }: { readonly item: NumberedItem }) {
  const { kind, from, to, title, facts, wire, at } = item
  const compares = facts.some(({ before }) => before !== undefined)
  return (
    <li className="item" data-testid="panel-item" data-kind={kind}>
      <p className="item-who">
        <span className={`actor actor-${from.toLowerCase()}`}>{from}</span>
        {to === undefined ? null : (
          <>
            <span aria-hidden="true">→</span>
            <span className="hidden">to</span>
            <span className={`actor actor-${to.toLowerCase()}`}>{to}</span>
          </>
        )}
        <time dateTime={new Date(at).toISOString()}>
          {new Date(at).toLocaleTimeString('en-GB')}
        </time>
      </p>
      <p className="item-title">{title}</p>
      {facts.length === 0 ? null : (
        <table className="facts">
          {compares ? (
            <thead>
              <tr>
                <th scope="col">claim</th>
                <th scope="col">before</th>
                <th scope="col">after</th>
              </tr>
            </thead>
          ) : null}
          <tbody>
            {facts.map(({ name, value, before }) => (
              <tr key={name} data-fact={name}>
                <th scope="row">{name}</th>
                {compares ? <td>{before ?? '–'}</td> : null}
                <td className={compares && before !== value ? 'changed' : undefined}>{value}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {wire === undefined ? null : <code className="wire">{wire}</code>}
    </li>
  )
}

/** The assurance of the token in hand, ageing. */
function PresentToken({ session }: { readonly session: Session }) {
  const now = useNow()
  const { acr, ...rest } = claimTexts(session, now)
  return (
    <dl className="present" aria-label="The token now" data-testid="present-token">
      <div>
        <dt>acr</dt>
        <dd>{acr}</dd>
      </div>
      {Object.entries(rest).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

/** Seconds since 1970, once a second. */
function useNow(): number {
  const [now, setNow] = useState(() => Date.now() / 1000)
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now() / 1000), 1000)
    return () => clearInterval(timer)
  }, [])
  return now
}
