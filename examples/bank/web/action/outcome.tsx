import type { Action } from './use-action.ts'

export interface OutcomeProps {
  readonly action: Action
}

/** What became of an action. The places are there from the start, so that screen readers hear what comes into them. */
export function Outcome({ action }: OutcomeProps) {
  const { state } = action
  return (
    <div className="outcome">
      <output>
        {state.phase === 'running' ? <span className="waiting">One moment…</span> : null}
        {state.phase === 'done' ? (
          <span className="good" data-testid="result">
            {state.text}
          </span>
        ) : null}
      </output>
      <div role="alert">
        {state.phase === 'failed' ? (
          <p className="bad" data-testid="alert" data-code={state.failure.code}>
            {state.failure.text}
          </p>
        ) : null}
      </div>
      {state.phase === 'failed' && state.failure.tryAgain ? (
        <button type="button" data-testid="try-again" onClick={() => action.run()}>
          Try again
        </button>
      ) : null}
    </div>
  )
}
