import type { Requirement } from '@newel/policy'

/** A person is asked before a popup opens that no click of theirs has called for. */
export interface StepUpQuestion {
  readonly requirement: Requirement
  /** Open the popup. Within the click of the answer, or the browser blocks it. */
  readonly open: () => void
  /** Nobody waits for the answer any more. */
  readonly signal: AbortSignal
}

/** Asks in the page; made by `dialogPrompt()`, or by the app. */
export interface StepUpPrompt {
  /**
   * `always`: before every popup of a challenged call, since a click from before its answer may no longer count.
   * `blocked`: only where the browser has blocked the popup.
   */
  readonly when: 'always' | 'blocked'
  /** Whether the person went on; `open` was called then. `false` is a cancel. */
  ask(question: StepUpQuestion): Promise<boolean>
}
