import type { Requirement } from '@newel/policy'
import type { StepUpPrompt } from './step-up-prompt.ts'

/** The words of the dialog, which the app writes in the person's language. */
export interface DialogTexts {
  /** Its heading and name. */
  readonly title: string
  /** What is asked, and why. */
  readonly text?: string
  /** On the button that goes on. */
  readonly confirm: string
  /** On the button that does not. */
  readonly cancel: string
}

export interface DialogPromptOptions {
  /** The words, or what makes them for a requirement. */
  readonly texts: DialogTexts | ((requirement: Requirement) => DialogTexts)
  /** See {@link StepUpPrompt.when}. Default: `blocked`. */
  readonly when?: 'always' | 'blocked'
  /** Class of the dialog, for the app's style sheet. Default: `newel-dialog`. */
  readonly className?: string
}

/**
 * Ask in a modal `<dialog>` before the popup: the click on its button is the one that the browser wants to see. Escape
 * is a cancel; focus goes back to where it was. It brings no style of its own, and none inline, for any CSP.
 */
export function dialogPrompt({
  texts,
  when = 'blocked',
  className = 'newel-dialog',
}: DialogPromptOptions): StepUpPrompt {
  return {
    when,
    ask: ({ requirement, open, signal }) => {
      const words = typeof texts === 'function' ? texts(requirement) : texts
      const dialog = document.createElement('dialog')
      dialog.className = className
      const title = dialog.appendChild(document.createElement('h2'))
      title.id = `newel-dialog-${crypto.randomUUID()}`
      title.textContent = words.title
      dialog.setAttribute('aria-labelledby', title.id)
      if (words.text !== undefined) {
        const text = dialog.appendChild(document.createElement('p'))
        text.id = `${title.id}-text`
        text.textContent = words.text
        dialog.setAttribute('aria-describedby', text.id)
      }
      const before = document.activeElement
      return new Promise<boolean>((resolve) => {
        const answer = (agreed: boolean) => {
          signal.removeEventListener('abort', onAbort)
          dialog.close()
          dialog.remove()
          if (before instanceof HTMLElement) before.focus()
          resolve(agreed)
        }
        const onAbort = () => answer(false)
        const button = (label: string, onClick: () => void) => {
          const made = dialog.appendChild(document.createElement('button'))
          made.type = 'button'
          made.textContent = label
          made.addEventListener('click', onClick)
          return made
        }
        const confirm = button(words.confirm, () => {
          open()
          answer(true)
        })
        confirm.autofocus = true
        button(words.cancel, () => answer(false))
        dialog.addEventListener('cancel', (event) => {
          event.preventDefault()
          answer(false)
        })
        signal.addEventListener('abort', onAbort)
        if (signal.aborted) return answer(false)
        document.body.append(dialog)
        dialog.showModal()
      })
    },
  }
}
