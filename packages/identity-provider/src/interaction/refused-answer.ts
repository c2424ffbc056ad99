import type { AnswerError } from './pages/index.ts'

/** Why a page is shown again. */
export interface RefusedAnswer {
  readonly error: AnswerError
  readonly attemptsLeft?: number
  readonly status: number
}
