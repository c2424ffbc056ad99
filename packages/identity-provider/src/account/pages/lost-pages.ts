import type { EpochSeconds } from '@newel/policy'
import type { AnswerError } from '../../interaction/pages/answer-error.ts'
import {
  buttonForm,
  continueButton,
  errorId,
  errorNote,
  postForm,
} from '../../interaction/pages/form.ts'
import type { PageName } from '../../interaction/pages/document.ts'
import { wordsIn } from '../../interaction/pages/locale.ts'
import { mailedCodeField } from '../../interaction/pages/mailed-code-field.ts'
import type { Fragment, Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import type { Credential } from '../../store/index.ts'
import { type AccountFrame, accountLayout, backLink } from './account-layout.ts'
import { accountWords } from './account-words.ts'
import { nameOf } from './credential-name.ts'
import { time } from './local-time.ts'

const words = wordsIn({
  en: {
    link: 'I have lost one of these',
    title: 'Lost something?',
    chooseLede:
      'Tell us what you cannot use any more. It is removed after a waiting time, in which we tell you and you can stop it.',
    none: 'There is nothing here that could be lost.',
    sendTitle: 'Confirm by email',
    sendLede: (to: string) => `We send a code to ${to}. With it the waiting time begins.`,
    sendCode: 'Send the code',
    codeLede: (to: string) => `We sent a code to ${to}.`,
    again: 'Send another code',
    impossibleTitle: 'This cannot be done here',
    impossible:
      'Nothing is left that shows it is you, apart from your mailbox, which is not enough. Please ask whoever runs this service.',
    codeTitle: 'Check your email',
    waiting: (lost: Fragment, readyAt: Fragment) =>
      html`You reported this as lost: ${lost}. You can remove it from ${readyAt} on.`,
    ready: (lost: Fragment, expiresAt: Fragment) =>
      html`You reported this as lost: ${lost}. The waiting time is over: you can remove it until
      ${expiresAt}.`,
    stop: 'Stop this: nothing is lost',
    finish: 'Remove it now',
  },
  de: {
    link: 'Ich habe etwas davon verloren',
    title: 'Etwas verloren?',
    chooseLede:
      'Sagen Sie uns, was Sie nicht mehr verwenden können. Es wird nach einer Wartezeit entfernt, in der wir Ihnen schreiben und Sie es anhalten können.',
    none: 'Hier ist nichts, was verloren gehen könnte.',
    sendTitle: 'Per E-Mail bestätigen',
    sendLede: (to) => `Wir senden einen Code an ${to}. Mit ihm beginnt die Wartezeit.`,
    sendCode: 'Code senden',
    codeLede: (to) => `Wir haben einen Code an ${to} gesendet.`,
    again: 'Einen neuen Code senden',
    impossibleTitle: 'Das geht hier nicht',
    impossible:
      'Es ist nichts übrig, was zeigt, dass Sie es sind, außer Ihrem Postfach, und das genügt nicht. Bitte wenden Sie sich an den Betreiber.',
    codeTitle: 'Sehen Sie in Ihrem Postfach nach',
    waiting: (lost, readyAt) =>
      html`Sie haben dies als verloren gemeldet: ${lost}. Entfernen können Sie es ab ${readyAt}.`,
    ready: (lost, expiresAt) =>
      html`Sie haben dies als verloren gemeldet: ${lost}. Die Wartezeit ist vorbei: Sie können es
      bis ${expiresAt} entfernen.`,
    stop: 'Anhalten: Nichts ist verloren',
    finish: 'Jetzt entfernen',
  },
  fr: {
    link: 'J’ai perdu l’un de ces moyens',
    title: 'Vous avez perdu quelque chose ?',
    chooseLede:
      'Dites-nous ce que vous ne pouvez plus utiliser. Il sera supprimé après un délai, pendant lequel nous vous écrivons et vous pouvez l’arrêter.',
    none: 'Il n’y a rien ici qui puisse être perdu.',
    sendTitle: 'Confirmer par e-mail',
    sendLede: (to) => `Nous envoyons un code à ${to}. Avec lui, le délai commence.`,
    sendCode: 'Envoyer le code',
    codeLede: (to) => `Nous avons envoyé un code à ${to}.`,
    again: 'Envoyer un nouveau code',
    impossibleTitle: 'Ce n’est pas possible ici',
    impossible:
      'Il ne reste rien qui montre que c’est bien vous, hormis votre messagerie, qui ne suffit pas. Adressez-vous à l’exploitant du service.',
    codeTitle: 'Consultez votre messagerie',
    waiting: (lost, readyAt) =>
      html`Vous avez signalé cette perte : ${lost}. Vous pourrez supprimer ce moyen à partir du
      ${readyAt}.`,
    ready: (lost, expiresAt) =>
      html`Vous avez signalé cette perte : ${lost}. Le délai est écoulé : vous pouvez supprimer ce
      moyen jusqu’au ${expiresAt}.`,
    stop: 'Arrêter : rien n’est perdu',
    finish: 'Supprimer maintenant',
  },
})

type LostFrame = AccountFrame & { readonly error?: AnswerError }

function layout(
  model: LostFrame,
  name: PageName,
  title: string,
  lede: string,
  content: Fragment,
): Html {
  return accountLayout(
    model,
    name,
    title,
    lede,
    html`${errorNote(model)} ${content} ${backLink(model, accountWords(model))}`,
    model.error !== undefined,
  )
}

/** Posts `lost_` with the id of each one that is ticked. */
export function chooseLostPage(
  model: LostFrame & { readonly credentials: readonly Credential[] },
): Html {
  const { title, chooseLede, none } = words(model)
  const { credentials, base, csrfToken } = model
  return layout(
    model,
    'lost',
    title,
    chooseLede,
    credentials.length === 0
      ? html`<p>${none}</p>`
      : postForm(
          `${base}/lost`,
          csrfToken,
          html`<div class="check-list">
              ${credentials.map(
                (credential, at) =>
                  html`<label class="check">
                    <input
                      type="checkbox"
                      name="lost_${credential.id}"
                      value="1"
                      ${model.error !== undefined && html`aria-describedby="${errorId}"`}
                      ${model.error !== undefined && at === 0 && html`autofocus`}
                    />
                    ${nameOf(credential, accountWords(model))}
                  </label>`,
              )}
            </div>
            ${continueButton(model)} `,
        ),
  )
}

export function sendLostCodePage(model: LostFrame & { readonly to: string }): Html {
  const { sendTitle, sendLede, sendCode } = words(model)
  const { base, csrfToken, to } = model
  return layout(
    model,
    'lost-send',
    sendTitle,
    sendLede(to),
    buttonForm({ action: `${base}/lost/send`, label: sendCode, kind: 'primary' }, csrfToken),
  )
}

/** Posts `code`. */
export function lostCodePage(model: LostFrame & { readonly to: string }): Html {
  const { codeTitle, codeLede, again } = words(model)
  const { base, csrfToken, to } = model
  return layout(
    model,
    'lost-code',
    codeTitle,
    codeLede(to),
    html`${postForm(
      `${base}/lost/code`,
      csrfToken,
      html`${mailedCodeField({ invalid: model.error !== undefined }, model)}
      ${continueButton(model)}`,
    )}
    ${buttonForm({ action: `${base}/lost/send`, label: again, kind: 'quiet' }, csrfToken)}`,
  )
}

export function impossiblePage(model: LostFrame): Html {
  const { impossibleTitle, impossible } = words(model)
  return layout(model, 'lost-impossible', impossibleTitle, impossible, html``)
}

/** How a recovery stands, as its owner is shown it. */
export interface ShownRecovery {
  readonly lost: readonly Credential[]
  readonly ready: boolean
  readonly readyAt: EpochSeconds
  /** From then on it is as if nothing had been reported. */
  readonly expiresAt: EpochSeconds
}

/** On the account page: the recovery that runs, or how to ask for one. */
export function lostSection(model: AccountFrame, recovery: ShownRecovery | undefined): Fragment {
  const { link, waiting, ready, stop, finish } = words(model)
  const { base, csrfToken } = model
  if (recovery === undefined) return html`<p><a href="${base}/lost">${link}</a></p>`
  const names = recovery.lost.map((credential) => nameOf(credential, accountWords(model)))
  const lost = html`<strong>${names.join(', ')}</strong>`
  const remove = { action: `${base}/lost/finish`, label: finish, kind: 'secondary' } as const
  return html`<div class="note info" role="status">
      <p>
        ${recovery.ready ? ready(lost, time(recovery.expiresAt)) : waiting(lost, time(recovery.readyAt))}
      </p>
    </div>
    ${buttonForm({ action: `${base}/lost/stop`, label: stop, kind: 'primary' }, csrfToken)}
    ${recovery.ready && buttonForm(remove, csrfToken)}`
}
