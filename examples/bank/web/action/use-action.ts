import { useEffect, useRef, useState } from 'react'
import { type Failure, failureOf } from './failure.ts'

export type ActionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running' }
  | { readonly phase: 'done'; readonly text: string }
  | { readonly phase: 'failed'; readonly failure: Failure }

export interface Action {
  readonly state: ActionState
  readonly fields: Readonly<Record<string, string>>
  run(): void
}

/** What came of a step-up by redirect, for the screen that it began on. */
export type Return =
  | { readonly outcome: 'completed' }
  | { readonly outcome: 'failed'; readonly error: unknown }

/** Something that a person does at the bank: under way once at a time; it ends in a text or a failure. */
export function useAction(work: () => Promise<string>, back?: Return): Action {
  const [state, setState] = useState<ActionState>(() => stateOf(back))
  const run = () => {
    if (state.phase === 'running') return
    setState({ phase: 'running' })
    work().then(
      (text) => setState({ phase: 'done', text }),
      (error: unknown) => setState({ phase: 'failed', failure: failureOf(error) }),
    )
  }
  // The call has gone out on the way back; what is run here takes its answer.
  const arriving = useRef(back?.outcome === 'completed')
  useEffect(() => {
    if (!arriving.current) return
    arriving.current = false
    run()
  })
  return { state, fields: state.phase === 'failed' ? state.failure.fields : {}, run }
}

function stateOf(back: Return | undefined): ActionState {
  return back?.outcome === 'failed'
    ? { phase: 'failed', failure: failureOf(back.error) }
    : { phase: 'idle' }
}
