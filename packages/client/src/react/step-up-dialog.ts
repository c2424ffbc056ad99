import { createElement, Fragment, type ReactElement, type ReactNode, useId, useState } from 'react'
import type { ClientError } from '../errors.ts'
import type { RequirementInput } from '../requirement.ts'
import { useClient } from './client-context.ts'
import { useStepUp } from './use-step-up.ts'

/** What the dialog says. */
export interface StepUpDialogTexts {
  readonly title: string
  /** What will be asked, and why. */
  readonly description: string
  /** Opens the provider. */
  readonly proceed: string
  /** While the person is at the provider. */
  readonly pending: string
  readonly cancel: string
  /** Why it came to nothing. */
  readonly failure: (error: ClientError) => string
}

export interface StepUpDialogProps {
  readonly requirement: RequirementInput
  /** Done at once where the requirement is held, else after the step-up. It may be challenged all the same. */
  readonly action: () => void
  /** The app's own words, of which any may be left out. Default: English. */
  readonly texts?: Partial<StepUpDialogTexts>
  /** Of the `<dialog>`, for its looks. */
  readonly className?: string
  /** The control that starts the action, such as `(start) => <button onClick={start}>Save</button>`. */
  readonly children: (start: () => void) => ReactNode
}

const english: StepUpDialogTexts = {
  title: 'Confirm that it is you',
  description: 'This needs another proof of who you are. You stay logged in, whatever you decide.',
  proceed: 'Continue',
  pending: 'Answer in the window that has opened.',
  cancel: 'Not now',
  failure: ({ code, retryable }) => {
    if (code === 'step_up_cancelled') return 'Nothing was changed. You can try again.'
    if (code === 'popup_blocked') return 'Your browser opened no window. Allow it, and try again.'
    if (code === 'different_user') return 'Somebody else answered. You are still logged in.'
    if (code === 'login_required') return 'Please log in again first.'
    if (retryable) return 'We cannot check who you are just now. Try again in a moment.'
    return 'You could not be confirmed as this action needs it.'
  },
}

/**
 * Asks before an action that needs a step-up, so that the provider's window opens from a click and never unexpectedly. A
 * modal `<dialog>`: labelled, closed by Escape, focus back on the control when it closes.
 */
export function StepUpDialog({
  requirement,
  action,
  texts,
  className,
  children,
}: StepUpDialogProps): ReactElement {
  const client = useClient()
  const { state, stepUp, cancel, reset } = useStepUp()
  const [dialog, setDialog] = useState<HTMLDialogElement | null>(null)
  const id = useId()
  const words = { ...english, ...texts }

  const start = () => {
    if (!client.wouldNeed(requirement)) return action()
    reset()
    dialog?.showModal()
  }
  const proceed = async () => {
    if (state.status === 'pending') return
    const session = await stepUp(requirement)
    if (!session) return
    dialog?.close()
    action()
  }

  return createElement(
    Fragment,
    null,
    children(start),
    createElement(
      'dialog',
      {
        ref: setDialog,
        className,
        'aria-labelledby': `${id}title`,
        'aria-describedby': `${id}text`,
        onClose: cancel,
      },
      createElement('h2', { id: `${id}title` }, words.title),
      createElement('p', { id: `${id}text` }, words.description),
      createElement(
        'p',
        { role: 'status' },
        state.status === 'pending'
          ? words.pending
          : state.status === 'failed'
            ? words.failure(state.error)
            : null,
      ),
      createElement(
        'button',
        // Not `disabled`: that would take the focus away from whoever has just pressed it.
        {
          type: 'button',
          'aria-disabled': state.status === 'pending',
          onClick: () => void proceed(),
        },
        words.proceed,
      ),
      createElement('button', { type: 'button', onClick: () => dialog?.close() }, words.cancel),
    ),
  )
}
