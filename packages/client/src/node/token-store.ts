import type { StepUpLine } from './step-up-line.ts'

/**
 * Where the tokens of one login are kept, as one text. It holds a refresh token: whoever reads it is the person. A
 * keychain fits in here as well.
 */
export interface TokenStore {
  /** `undefined`: nothing is kept. */
  read(): Promise<string | undefined>
  /** Replace as a whole; a reader sees the old text or the new. `undefined`: forget. */
  write(text: string | undefined): Promise<void>
  /**
   * Run work while no other process that uses this store does. A refresh token may be good for one use only, so two
   * must not refresh at once.
   */
  exclusively<Result>(work: () => Promise<Result>): Promise<Result>
  /**
   * Where processes that need a step-up wait for each other, so that the person is asked once for the same. Absent: each
   * process asks by itself.
   */
  readonly stepUps?: StepUpLine
}

/** Tokens that end with the process. */
export function createMemoryTokenStore(): TokenStore {
  let kept: string | undefined
  let last: Promise<unknown> = Promise.resolve()
  return {
    read: () => Promise.resolve(kept),
    write: (text) => {
      kept = text
      return Promise.resolve()
    },
    exclusively: (work) => {
      const result = last.then(work)
      last = result.catch(() => {})
      return result
    },
  }
}
