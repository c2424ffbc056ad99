import type { EpochSeconds } from '@newel/policy'
import type { AnswerError } from '../../interaction/pages/answer-error.ts'
import {
  buttonForm,
  continueButton,
  errorNote,
  oneTimeCodeField,
  postForm,
} from '../../interaction/pages/form.ts'
import type { PageName } from '../../interaction/pages/document.ts'
import { wordsIn } from '../../interaction/pages/locale.ts'
import type { Fragment, Html } from '../../interaction/pages/markup.ts'
import { html } from '../../interaction/pages/markup.ts'
import type { Credential } from '../../store/index.ts'
import { type AccountFrame, accountLayout, nameOf, time } from './account-pages.ts'
import { accountWords } from './account-words.ts'

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
    codeTitle: 'Check your email',
    codeLede: (to: string) => `We sent a code to ${to}.`,
    fromEmail: 'From the email, 8 digits',
    again: 'Send another code',
    impossibleTitle: 'This cannot be done here',
    impossible:
      'Nothing is left that shows it is you, apart from your mailbox, which is not enough. Please ask whoever runs this service.',
    pending: 'You said that you lost this. After the waiting time it can be removed:',
    from: 'from',
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
    codeTitle: 'Sehen Sie in Ihrer E-Mail nach',
    codeLede: (to) => `Wir haben einen Code an ${to} gesendet.`,
    fromEmail: 'Aus der E-Mail, 8 Ziffern',
    again: 'Einen anderen Code senden',
    impossibleTitle: 'Das geht hier nicht',
    impossible:
      'Es ist nichts übrig, was zeigt, dass Sie es sind, außer Ihrem Postfach, und das genügt nicht. Bitte wenden Sie sich an den Betreiber.',
    pending: 'Sie haben dies als verloren gemeldet. Nach der Wartezeit kann es entfernt werden:',
    from: 'ab',
    stop: 'Anhalten: nichts ist verloren',
    finish: 'Jetzt entfernen',
  },
  fr: {
    link: 'J’ai perdu l’un d’eux',
    title: 'Vous avez perdu quelque chose ?',
    chooseLede:
      'Dites-nous ce que vous ne pouvez plus utiliser. Il sera supprimé après un délai, pendant lequel nous vous écrivons et vous pouvez l’arrêter.',
    none: 'Il n’y a rien ici qui puisse être perdu.',
    sendTitle: 'Confirmer par e-mail',
    sendLede: (to) => `Nous envoyons un code à ${to}. Avec lui, le délai commence.`,
    sendCode: 'Envoyer le code',
    codeTitle: 'Consultez votre messagerie',
    codeLede: (to) => `Nous avons envoyé un code à ${to}.`,
    fromEmail: 'Dans l’e-mail, 8 chiffres',
    again: 'Envoyer un autre code',
    impossibleTitle: 'Ce n’est pas possible ici',
    impossible:
      'Il ne reste rien qui montre que c’est bien vous, hormis votre messagerie, qui ne suffit pas. Adressez-vous à l’exploitant du service.',
    pending: 'Vous avez signalé cette perte. Après le délai, ceci peut être supprimé :',
    from: 'à partir du',
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
    html`${errorNote(model)} ${content}
      <div class="ways-out"><a href="${model.base}">${accountWords(model).back}</a></div>`,
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
                (credential) =>
                  html`<label class="check">
                    <input type="checkbox" name="lost_${credential.id}" value="1" />
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
  const { codeTitle, codeLede, fromEmail, again } = words(model)
  const { base, csrfToken, to } = model
  return layout(
    model,
    'lost-code',
    codeTitle,
    codeLede(to),
    html`${postForm(
      `${base}/lost/code`,
      csrfToken,
      html`${oneTimeCodeField({ focused: true, invalid: model.error !== undefined, hint: fromEmail }, model)}
      ${continueButton(model)}`,
    )}
    ${buttonForm({ action: `${base}/lost/send`, label: again, kind: 'quiet' }, csrfToken)}`,
  )
}

export function impossiblePage(model: LostFrame): Html {
  const { impossibleTitle, impossible } = words(model)
  return layout(model, 'lost-impossible', impossibleTitle, impossible, html``)
}

/** On the account page: the recovery that runs, or how to ask for one. */
export function lostSection(
  model: AccountFrame,
  recovery:
    | {
        readonly lost: readonly Credential[]
        readonly ready: boolean
        readonly readyAt: EpochSeconds
      }
    | undefined,
): Fragment {
  const { link, pending, from, stop, finish } = words(model)
  const { base, csrfToken } = model
  if (recovery === undefined) return html`<p><a href="${base}/lost">${link}</a></p>`
  const names = recovery.lost.map((credential) => nameOf(credential, accountWords(model)))
  return html`<div class="note info" role="status">
      <p>${pending} <strong>${names.join(', ')}</strong> (${from} ${time(recovery.readyAt)})</p>
    </div>
    ${buttonForm({ action: `${base}/lost/stop`, label: stop, kind: 'primary' }, csrfToken)}
    ${recovery.ready && buttonForm({ action: `${base}/lost/finish`, label: finish, kind: 'secondary' }, csrfToken)}`
}
