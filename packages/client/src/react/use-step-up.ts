import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import type { StepUpOptions } from '../browser/browser-client.ts'
import { ClientError } from '../errors.ts'
import type { RequirementInput } from '../requirement.ts'
import type { Session } from '../session.ts'
import { useClientState } from './client-context.ts'

/** How far a step-up of this component has come. */
export type StepUpState =
  | { readonly status: 'idle' }
  | { readonly status: 'pending'; readonly requirement: RequirementInput }
  /** Everything is as before; its `code` tells why. */
  | { readonly status: 'failed'; readonly error: ClientError }

export interface StepUpControl {
  readonly state: StepUpState
  /**
   * Call it within the click, before anything is awaited. Resolves with the session that reaches the requirement, or with
   * `undefined` where it came to nothing: `state` then tells why. A call while one is pending takes its place.
   *
   * @throws ClientError `configuration`, and what is no failure of the step-up
   */
  readonly stepUp: (
    requirement: RequirementInput,
    options?: Omit<StepUpOptions, 'signal'>,
  ) => Promise<Session | undefined>
  /** Give up what is pending, and close its popup if nobody else waits for it. */
  readonly cancel: () => void
  /** Forget a failure that was shown. */
  readonly reset: () => void
}

const idle: StepUpState = { status: 'idle' }

/** Step up from a component: one at a time, given up when the component goes. */
export function useStepUp(): StepUpControl {
  const { client } = useClientState()
  const [state, setState] = useState<StepUpState>(idle)
  const running = useRef<AbortController>(undefined)

  const stepUp = useCallback<StepUpControl['stepUp']>(
    async (requirement, options) => {
      running.current?.abort()
      const control = new AbortController()
      running.current = control
      const show = (next: StepUpState) => {
        if (running.current !== control) return
        running.current = undefined
        setState(next)
      }
      setState({ status: 'pending', requirement })
      try {
        const session = await client.stepUp(requirement, { ...options, signal: control.signal })
        show(idle)
        return session
      } catch (error) {
        const failed = error instanceof ClientError && error.code !== 'configuration'
        show(failed ? { status: 'failed', error } : idle)
        if (failed || control.signal.aborted) return undefined
        throw error
      }
    },
    [client],
  )

  const cancel = useCallback(() => {
    if (!running.current) return
    running.current.abort()
    running.current = undefined
    setState(idle)
  }, [])

  const reset = useCallback(() => {
    setState((now) => (now.status === 'failed' ? idle : now))
  }, [])

  useEffect(
    () => () => {
      const left = running.current
      // A step-up that has just succeeded may be what takes the component away: its caller hears of it first.
      setTimeout(() => left?.abort(), 0)
    },
    [],
  )

  return useMemo(() => ({ state, stepUp, cancel, reset }), [state, stepUp, cancel, reset])
}
