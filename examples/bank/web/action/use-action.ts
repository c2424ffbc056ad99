import { useState } from 'react'
import { type Failure, failureOf } from './failure.ts'

export type ActionState =
  | { readonly phase: 'idle' }
  | { readonly phase: 'running' }
  | { readonly phase: 'done'; readonly text: string }
  /** Back from a step-up by redirect, which cost the page its call: it is offered anew. */
  | { readonly phase: 'back' }
  | { readonly phase: 'failed'; readonly failure: Failure }

export interface Action {
  readonly state: ActionState
  readonly fields: Readonly<Record<string, string>>
  run(): void
}

/** What a step-up by redirect left behind for the screen that it began on. */
export type Return =
  | { readonly outcome: 'completed' }
  | { readonly outcome: 'failed'; readonly error: unknown }

/** Something that a person does at the bank: under way once at a time; it ends in a text or a failure. */
export function useAction(work: () => Promise<string>, back?: Return): Action {
  const [state, setState] = useState<ActionState>(() => stateOf(back))
  return {
    state,
    fields: state.phase === 'failed' ? state.failure.fields : {},
    run() {
      if (state.phase === 'running') return
      setState({ phase: 'running' })
      work().then(
        (text) => setState({ phase: 'done', text }),
        (error: unknown) => setState({ phase: 'failed', failure: failureOf(error) }),
      )
    },
  }
}

function stateOf(back: Return | undefined): ActionState {
  if (back === undefined) return { phase: 'idle' }
  if (back.outcome === 'completed') return { phase: 'back' }
  return { phase: 'failed', failure: failureOf(back.error) }
}
