import type { EpochSeconds } from '@newel/policy'
import { toCents, type Transfer } from './transfer.ts'

export interface Entry {
  readonly id: string
  readonly at: EpochSeconds
  readonly text: string
  /** Negative: money that left. */
  readonly cents: number
}

export interface Statement {
  readonly balanceCents: number
  /** Newest first. */
  readonly entries: readonly Entry[]
}

export type TransferOutcome =
  | { readonly outcome: 'booked'; readonly entry: Entry; readonly balanceCents: number }
  | { readonly outcome: 'insufficient_funds'; readonly balanceCents: number }
  /** The key was used for another transfer. */
  | { readonly outcome: 'key_reused' }

interface Booked {
  readonly transfer: string
  readonly outcome: TransferOutcome
}

const day = 86_400

/** Every account of the bank, by the person who owns it. In memory: a restart gives everybody their money back. */
export class Accounts {
  readonly #entries = new Map<string, Entry[]>()
  readonly #booked = new Map<string, Booked>()
  readonly #now: () => EpochSeconds
  #count = 0

  constructor(now: () => EpochSeconds) {
    this.#now = now
  }

  statement(owner: string): Statement {
    const entries = this.#of(owner)
    return { balanceCents: balance(entries), entries: entries.toReversed() }
  }

  /** Book a transfer once per key: a call that is repeated gets the first answer, and moves no money. */
  transfer(owner: string, key: string, transfer: Transfer): TransferOutcome {
    const name = JSON.stringify([owner, key])
    const text = JSON.stringify(transfer)
    const before = this.#booked.get(name)
    if (before) return before.transfer === text ? before.outcome : { outcome: 'key_reused' }
    const outcome = this.#book(owner, transfer)
    // A refusal may be tried again with the same key once there is money.
    if (outcome.outcome === 'booked') this.#booked.set(name, { transfer: text, outcome })
    return outcome
  }

  #book(owner: string, { payee, amount }: Transfer): TransferOutcome {
    const entries = this.#of(owner)
    const cents = toCents(amount)
    if (balance(entries) < cents) {
      return { outcome: 'insufficient_funds', balanceCents: balance(entries) }
    }
    const entry = this.#entry(this.#now(), `Transfer to ${payee}`, -cents)
    entries.push(entry)
    return { outcome: 'booked', entry, balanceCents: balance(entries) }
  }

  #of(owner: string): Entry[] {
    const known = this.#entries.get(owner)
    if (known) return known
    const now = this.#now()
    const opening = [
      this.#entry(now - 34 * day, 'Opening balance', 1_150_000),
      this.#entry(now - 27 * day, 'Rent', -124_000),
      this.#entry(now - 12 * day, 'Salary', 412_075),
      this.#entry(now - 6 * day, 'Greengrocer', -3_460),
      this.#entry(now - 2 * day, 'Night train to Vienna', -8_990),
    ]
    this.#entries.set(owner, opening)
    return opening
  }

  #entry(at: EpochSeconds, text: string, cents: number): Entry {
    this.#count += 1
    return { id: `entry-${this.#count}`, at, text, cents }
  }
}

function balance(entries: readonly Entry[]): number {
  return entries.reduce((sum, { cents }) => sum + cents, 0)
}
