import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { RefusalReason, ResourceServerErrorCode } from '@newel/resource-server'

/** Every one there is: the compiler misses what lacks. The status is what the page must say. */
const reasons: Readonly<Record<RefusalReason, number>> = {
  token_required: 401,
  request_malformed: 400,
  token_malformed: 401,
  token_type_refused: 401,
  algorithm_refused: 401,
  key_unknown: 401,
  signature_invalid: 401,
  issuer_mismatch: 401,
  audience_mismatch: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  claim_invalid: 401,
  token_inactive: 401,
  dpop_proof_missing: 401,
  dpop_proof_invalid: 401,
  dpop_proof_expired: 401,
  dpop_nonce_needed: 401,
  dpop_proof_replayed: 401,
  certificate_mismatch: 401,
  scheme_mismatch: 401,
  sender_constraint_unsupported: 401,
  level_missing: 401,
  level_expired: 401,
  one_shot_used: 401,
  scope_missing: 403,
  person_required: 403,
  provider_unavailable: 503,
  used_tokens_unavailable: 503,
  used_proofs_unavailable: 503,
}

const codes: Readonly<Record<ResourceServerErrorCode, true>> = {
  invalid_option: true,
  insecure_issuer: true,
  invalid_requirement: true,
  max_age_too_small: true,
  transaction_unsupported: true,
  unknown_acr: true,
  issuer_mismatch: true,
  invalid_metadata: true,
  provider_unavailable: true,
  used_tokens_full: true,
  unprotected_route: true,
}

const page = readFileSync(join(import.meta.dirname, '../../../docs/api-refusals.md'), 'utf8')
const [, reasonTable = '', codeTable = ''] = page.split(/^## .*$/m)

function rowsOf(table: string): string[][] {
  return table
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')))
    .filter(([, name]) => name !== 'reason' && name !== 'code')
}

test('the page tells every reason of a refusal, with its status and what to do', () => {
  expect(rowsOf(reasonTable).map(([, reason, status]) => [reason, Number(status)])).toEqual(
    Object.entries(reasons),
  )
  expect(rowsOf(reasonTable).every(([, , , , mend]) => mend !== '')).toBe(true)
})

test('the page tells every code of an error, with what to do', () => {
  expect(rowsOf(codeTable).map(([, code]) => code)).toEqual(Object.keys(codes))
  expect(rowsOf(codeTable).every(([, , , mend]) => mend !== '')).toBe(true)
})
