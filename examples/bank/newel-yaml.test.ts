import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parsePolicyDocument } from '@newel/policy-document'
import { describe, expect, it } from 'vitest'
import { requirementsOf } from './api/requirements.ts'
import { isLargeTransfer, largeTransferEuros } from './ledger/transfer.ts'
import { addressesFrom, documentAt } from './server/addresses.ts'

const text = readFileSync(join(import.meta.dirname, 'newel.yaml'), 'utf8')

function parsed(source: string) {
  const result = parsePolicyDocument(source)
  if (!result.ok) throw new Error(JSON.stringify(result.problems))
  return result
}

describe('newel.yaml of the bank', () => {
  it('is valid, and nothing legal but wrong is found in it', () => {
    expect(parsed(text).findings).toEqual([])
  })

  it('names what the API asks', () => {
    expect(requirementsOf(parsed(text).document)).toEqual({
      'show-card-number': { name: 'show-card-number', acr: ['basic'], maxAge: 300 },
      'change-payment-details': { name: 'change-payment-details', acr: ['mfa'], maxAge: 600 },
      'admin-dashboard': { name: 'admin-dashboard', acr: ['phr'] },
      'approve-large-transfer': { name: 'approve-large-transfer', acr: ['phr'], maxAge: 0 },
    })
  })

  it.each([0.01, largeTransferEuros - 0.01, largeTransferEuros, largeTransferEuros + 0.01])(
    'asks by its rules for a transfer of %d what the code asks',
    (amount) => {
      const body = { payee: 'Boat Co', amount }
      const path = '/api/transfers'
      const { kind } = parsed(text).document.rules.match({ method: 'POST', path, body })
      expect(kind === 'matched').toBe(isLargeTransfer(body))
    },
  )

  it('follows the demo to other ports, and names no address of the old ones', () => {
    const moved = documentAt(text, addressesFrom(5000))
    const { document } = parsed(moved)
    expect(document.issuer).toBe('http://localhost:5000')
    expect(document.clients[0]?.redirectUris).toEqual(['http://localhost:5100/callback'])
    expect(document.resources[0]?.id).toBe('http://localhost:5100/api')
    expect(moved).not.toMatch(/localhost:4\d{3}/)
  })

  it('replaces in one pass where the new addresses look like the old ones', () => {
    const { document } = parsed(documentAt(text, addressesFrom(4100)))
    expect(document.issuer).toBe('http://localhost:4100')
    expect(document.resources[0]?.id).toBe('http://localhost:4200/api')
  })
})
