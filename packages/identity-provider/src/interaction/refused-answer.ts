import type { AnswerError } from './pages/index.ts'

/** Why a page is shown again. */
export interface RefusedAnswer {
  readonly error: AnswerError
  readonly attemptsLeft?: number
  readonly status: number
  /** A letter that was asked for did not go out: no other is tried. */
  readonly undelivered?: true
}
