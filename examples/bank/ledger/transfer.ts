/** What the bank's API and its ledger agree on about a transfer. */
export interface Transfer {
  readonly payee: string
  /** In euros, with at most two decimals. */
  readonly amount: number
}

export type TransferReading =
  | { readonly ok: true; readonly transfer: Transfer }
  | { readonly ok: false; readonly fields: Readonly<Record<string, string>> }

/** From here on, in euros, a transfer asks for a proof of its own. The same number stands in `newel.yaml`. */
export const largeTransferEuros = 1000

const largestTransferEuros = 1_000_000
const longestPayee = 70

/** Read the body of a transfer. What is not a transfer is never judged small. */
export function readTransfer(body: unknown): TransferReading {
  const { payee, amount } = isRecord(body) ? body : {}
  const fields: Record<string, string> = {}
  const name = typeof payee === 'string' ? payee.trim() : ''
  if (name === '' || name.length > longestPayee) {
    fields['payee'] = `write who gets the money, in 1 to ${longestPayee} characters`
  }
  if (typeof amount !== 'number' || !isAmount(amount)) {
    fields['amount'] = 'write an amount from 0.01 to 1,000,000 with at most two decimals'
  }
  if (Object.keys(fields).length > 0 || typeof amount !== 'number') return { ok: false, fields }
  return { ok: true, transfer: { payee: name, amount } }
}

/** Whether a body asks for a large transfer. A body that is none is refused later, whatever its size. */
export function isLargeTransfer(body: unknown): boolean {
  const reading = readTransfer(body)
  return reading.ok && reading.transfer.amount >= largeTransferEuros
}

export function toCents(euros: number): number {
  return Math.round(euros * 100)
}

function isAmount(amount: number): boolean {
  const cents = amount * 100
  return (
    amount > 0 && amount <= largestTransferEuros && Math.abs(cents - Math.round(cents)) < 0.000_01
  )
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
