import { accountLine, opening } from './account.ts'
import { commonWords } from './common-words.ts'
import { document } from './document.ts'
import { buttonForm, postForm } from './form.ts'
import { wordsIn } from './locale.ts'
import type { Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** A new set, shown this once. "I have kept them" is posted to `action`; until then the set before is the good one. */
export interface RecoveryCodesPageModel extends PageFrame {
  readonly username: string
  /** As `enrolment.begin` of the authenticator gave them. */
  readonly codes: readonly string[]
  /** As it came with the codes: posted as `code`, beside `method`. */
  readonly set: string
  readonly action: string
  readonly csrfToken: string
  /** Address to which "Cancel" is posted: nothing is changed. */
  readonly cancelAction: string
}

const words = wordsIn({
  en: {
    title: 'Keep your recovery codes',
    lede: 'With one of them you can confirm that it is you when your phone or key is not at hand. Each works once.',
    warning: 'We show them only now. Print them, or save them where you keep passwords.',
    list: 'Recovery codes',
    save: 'Save as a text file',
    kept: 'I have kept them',
    file: (provider: string, username: string) => `Recovery codes of ${username} for ${provider}`,
  },
  de: {
    title: 'Bewahren Sie diese Codes gut auf',
    lede: 'Mit einem davon bestätigen Sie, dass Sie es sind, wenn Ihr Telefon oder Schlüssel nicht zur Hand ist. Jeder gilt einmal.',
    warning:
      'Wir zeigen sie nur jetzt. Drucken Sie sie aus, oder speichern Sie sie bei Ihren Passwörtern.',
    list: 'Wiederherstellungscodes',
    save: 'Als Textdatei speichern',
    kept: 'Ich habe sie aufbewahrt',
    file: (provider, username) => `Wiederherstellungscodes von ${username} für ${provider}`,
  },
  fr: {
    title: 'Conservez vos codes de secours',
    lede: 'L’un d’eux suffit pour confirmer que c’est bien vous quand votre téléphone ou votre clé manque. Chacun sert une seule fois.',
    warning:
      'Ils ne sont affichés que maintenant. Imprimez-les ou enregistrez-les avec vos mots de passe.',
    list: 'Codes de secours',
    save: 'Enregistrer en fichier texte',
    kept: 'Je les ai conservés',
    file: (provider, username) => `Codes de secours de ${username} pour ${provider}`,
  },
})

export function recoveryCodesPage(model: RecoveryCodesPageModel): Html {
  const { title, lede, warning, list, save, kept, file } = words(model)
  const text = `${file(model.providerName, model.username)}\n\n${model.codes.join('\n')}\n`
  return document(model, {
    page: 'recovery-codes',
    method: 'recovery-code',
    title,
    main: html`${opening(title, lede)} ${accountLine(model.username, model)}
      <ol class="recovery-codes" aria-label="${list}" role="list">
        ${model.codes.map((code) => item(code))}
      </ol>
      <p class="hint">${warning}</p>
      <p class="hint">
        <a download="recovery-codes.txt" href="${textFile(text)}">${save}</a>
      </p>
      ${postForm(
        model.action,
        model.csrfToken,
        html`<input type="hidden" name="method" value="recovery-code" />
          <input type="hidden" name="code" value="${model.set}" />
          <button class="button primary" type="submit">${kept}</button>`,
      )}
      <div class="ways-out">
        ${buttonForm({ action: model.cancelAction, label: commonWords(model).cancel, kind: 'quiet' }, model.csrfToken)}
      </div>`,
  })
}

function item(code: string): Fragment {
  return html`<li><code>${code}</code></li>`
}

/** The file is in the page: no script makes it, and no second request shows the codes again. */
function textFile(text: string): string {
  return `data:text/plain;charset=utf-8;base64,${Buffer.from(text).toString('base64')}`
}
