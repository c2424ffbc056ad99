import { isRecord } from '../ledger/transfer.ts'

/** Where the bank pays out to. */
export interface PaymentDetails {
  readonly holder: string
  readonly iban: string
}

export type PaymentDetailsReading =
  | { readonly ok: true; readonly details: PaymentDetails }
  | { readonly ok: false; readonly fields: Readonly<Record<string, string>> }

export function readPaymentDetails(body: unknown): PaymentDetailsReading {
  const { holder, iban } = isRecord(body) ? body : {}
  const fields: Record<string, string> = {}
  const name = typeof holder === 'string' ? holder.trim() : ''
  const number = typeof iban === 'string' ? iban.replaceAll(/\s/g, '').toUpperCase() : ''
  if (name === '' || name.length > 70) fields['holder'] = 'write a name of 1 to 70 characters'
  if (!isIban(number)) {
    fields['iban'] = 'this is not an IBAN: two letters, two check digits, then the account'
  }
  if (Object.keys(fields).length > 0) return { ok: false, fields }
  return { ok: true, details: { holder: name, iban: number } }
}

/** ISO 13616: the rearranged number, letters as two digits, leaves 1 modulo 97. */
function isIban(text: string): boolean {
  if (!/^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$/.test(text)) return false
  const rearranged = text.slice(4) + text.slice(0, 4)
  const digits = rearranged.replaceAll(/[A-Z]/g, (letter) => String(letter.charCodeAt(0) - 55))
  return BigInt(digits) % 97n === 1n
}
