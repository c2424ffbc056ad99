import type { MouseEvent } from 'react'
import type { Account } from './bank-context.ts'

export interface HeaderProps {
  readonly signedIn: boolean
  readonly account: Account | undefined
  readonly path: string
  readonly onOpen: (path: string) => void
  readonly onLogout: () => void
}

const links = [
  { path: '/', name: 'overview', text: 'Account' },
  { path: '/transfer', name: 'transfer', text: 'Transfer' },
  { path: '/payment-details', name: 'payment-details', text: 'Payment details' },
  { path: '/card', name: 'card', text: 'Card' },
] as const

const adminLink = { path: '/admin', name: 'admin', text: 'Admin' } as const

export function Header({ signedIn, account, path, onOpen, onLogout }: HeaderProps) {
  const shown = account?.operator === true ? [...links, adminLink] : links
  const follow = (event: MouseEvent, next: string) => {
    // A new tab or window is the browser's business.
    if (event.metaKey || event.ctrlKey || event.shiftKey) return
    event.preventDefault()
    onOpen(next)
  }
  return (
    <header>
      <p className="brand">
        <svg viewBox="0 0 32 32" aria-hidden="true">
          <rect width="32" height="32" rx="8" />
          <path d="M9 8h14v3H9zM9 21h14v3H9zM13 11h2v10h-2zM18 11h2v10h-2z" />
        </svg>
        Baluster Bank
      </p>
      {signedIn ? (
        <>
          <nav aria-label="Bank">
            {shown.map(({ path: target, name, text }) => (
              <a
                key={name}
                href={target}
                data-testid={`nav-${name}`}
                aria-current={path === target ? 'page' : undefined}
                onClick={(event) => follow(event, target)}
              >
                {text}
              </a>
            ))}
          </nav>
          <div className="who">
            {account === undefined ? null : <span data-testid="signed-in-as">{account.name}</span>}
            <button type="button" className="quiet" onClick={onLogout}>
              Log out
            </button>
          </div>
        </>
      ) : null}
    </header>
  )
}
