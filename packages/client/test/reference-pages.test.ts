import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { BffErrorCode, ClientErrorCode, StepUpErrorCode } from '../src/bff.ts'

const pages = {
  page: 'step-up-from-a-browser-app.md',
  backend: 'step-up-in-a-bff.md',
  command: 'step-up-in-a-command.md',
} as const

const everywhere = ['page', 'backend', 'command'] as const

/** Where each can be met. The compiler misses what lacks. */
const codes: Readonly<
  Record<ClientErrorCode | StepUpErrorCode | BffErrorCode, readonly (keyof typeof pages)[]>
> = {
  login_required: everywhere,
  login_cancelled: everywhere,
  provider_unavailable: everywhere,
  provider_refused: everywhere,
  response_invalid: everywhere,
  step_up_cancelled: everywhere,
  step_up_unmet: everywhere,
  step_up_failed: everywhere,
  different_user: everywhere,
  body_not_replayable: everywhere,
  call_not_kept: everywhere,
  configuration: ['page', 'command'],
  popup_blocked: ['page'],
  storage_unavailable: ['page'],
  transaction_unknown: ['page', 'backend'],
  store_unusable: ['backend', 'command'],
  call_unknown: ['command'],
  step_up_required: ['backend'],
  api_unavailable: ['backend'],
  cross_site_request: ['backend'],
  body_too_large: ['backend'],
  answer_unknown: ['backend'],
}

test.each(Object.entries(pages))(
  'the guide of the %s says what each failure means and what to do',
  (kind, file) => {
    const text = readFileSync(join(import.meta.dirname, '../../../docs', file), 'utf8')
    const rows = text
      .split('\n')
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .filter(([, code = '']) => code.slice(1, -1) in codes)
    const met = Object.entries(codes).flatMap(([code, where]) =>
      where.some((each) => each === kind) ? [code] : [],
    )
    expect(rows.map(([, code = '']) => code.slice(1, -1)).toSorted()).toEqual(met.toSorted())
    expect(rows.every(([, , happened, mend]) => Boolean(happened) && Boolean(mend))).toBe(true)
  },
)
