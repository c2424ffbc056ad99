import type { BrowserClient, Session } from '@newel/client/browser'
import { createContext, useContext } from 'react'
import type { Failure } from './action/failure.ts'
import type { Return } from './action/use-action.ts'
import type { BankConfig } from './bank-client.ts'

export interface Account {
  readonly name: string
  readonly operator: boolean
  readonly balanceCents: number
  readonly entries: readonly {
    readonly id: string
    readonly at: number
    readonly text: string
    readonly cents: number
  }[]
}

/** What every screen of a logged-in person has at hand. */
export interface Bank {
  readonly client: BrowserClient
  /** The client's `fetch`, with the answers to calls that a redirect interrupted. */
  readonly send: typeof fetch
  readonly config: BankConfig
  readonly session: Session
  /** Absent: not loaded yet. */
  readonly account: Account | undefined
  /** Why it could not be loaded. */
  readonly accountFailure: Failure | undefined
  readonly reloadAccount: () => void
  /** Go to another screen. */
  readonly open: (path: string) => void
  /** What a step-up by redirect left for the screen at hand. Absent: there was none. */
  readonly back: Return | undefined
}

export const BankContext = createContext<Bank | undefined>(undefined)

export function useBank(): Bank {
  const bank = useContext(BankContext)
  if (!bank) throw new Error('this screen is for people who are logged in')
  return bank
}
