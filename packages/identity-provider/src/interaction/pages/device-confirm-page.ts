import { wordsIn } from './locale.ts'
import { commonWords } from './common-words.ts'
import { accountLine, opening } from './account.ts'
import type { ConsentScope } from './consent-page.ts'
import { document } from './document.ts'
import type { Fragment, Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/**
 * Is it this device, and is it yours (RFC 8628 §5.4)? Posts `user_code` to `action`, with `confirm=yes` or `abort=yes`.
 */
export interface DeviceConfirmPageModel extends PageFrame {
  readonly clientName: string
  readonly action: string
  readonly xsrf: string
  /** As the device shows it. */
  readonly userCode: string
  /** Absent: nobody is signed in in this browser. */
  readonly username?: string
  /** What it asks for, in the order shown. Empty: nothing but to know who it is. */
  readonly scopes: readonly ConsentScope[]
  /** Whether it asks for a level or an age, so that a proof may follow. */
  readonly asksProof: boolean
}

const words = wordsIn({
  en: {
    title: (client: string) => `Connect ${client}?`,
    lede: (client: Fragment) => html`A device wants to sign in to ${client}. It shows this code:`,
    warning:
      'Go on only if the device is in front of you and shows exactly this code. If the code came by phone, message or mail, cancel.',
    wants: 'It would like to:',
    use: (scope: Fragment) => html`Use ${scope}`,
    proof: 'You may be asked to confirm that it is you.',
    confirm: 'It is my device',
  },
  de: {
    title: (client) => `${client} verbinden?`,
    lede: (client) => html`Ein Gerät möchte sich bei ${client} anmelden. Es zeigt diesen Code:`,
    warning:
      'Fahren Sie nur fort, wenn das Gerät vor Ihnen steht und genau diesen Code zeigt. Kam der Code per Telefon, Nachricht oder E-Mail, brechen Sie ab.',
    wants: 'Es möchte:',
    use: (scope) => html`${scope} verwenden`,
    proof: 'Vielleicht müssen Sie bestätigen, dass Sie es sind.',
    confirm: 'Es ist mein Gerät',
  },
  fr: {
    title: (client) => `Connecter ${client} ?`,
    lede: (client) => html`Un appareil souhaite se connecter à ${client}. Il affiche ce code :`,
    warning:
      'Ne continuez que si l’appareil est devant vous et affiche exactement ce code. Si le code vous est parvenu par téléphone, message ou e-mail, annulez.',
    wants: 'Il souhaite :',
    use: (scope) => html`Utiliser ${scope}`,
    proof: 'Une confirmation de votre identité pourra vous être demandée.',
    confirm: 'C’est mon appareil',
  },
})

export function deviceConfirmPage(model: DeviceConfirmPageModel): Html {
  const text = words(model)
  return document(model, {
    page: 'device-confirm',
    title: text.title(model.clientName),
    main: html`${opening(
        text.title(model.clientName),
        text.lede(html`<strong>${model.clientName}</strong>`),
      )}
      <p class="key shown-code"><code>${model.userCode}</code></p>
      <p class="note info">${text.warning}</p>
      ${
        model.scopes.length > 0 &&
        html`<h2 id="wants">${text.wants}</h2>
          <ul class="scopes" aria-labelledby="wants">
            ${model.scopes.map(({ name, description }) => html`<li>${description ?? text.use(html`<code>${name}</code>`)}</li>`)}
          </ul>`
      }
      ${model.username !== undefined && accountLine(model.username, model)}
      ${answerForm(model, 'confirm', 'primary', text.confirm)}
      <div class="ways-out">${answerForm(model, 'abort', 'quiet', commonWords(model).cancel)}</div>
      ${model.asksProof && html`<p class="fine">${text.proof}</p>`}`,
  })
}

function answerForm(
  { action, xsrf, userCode }: DeviceConfirmPageModel,
  answer: 'confirm' | 'abort',
  kind: 'primary' | 'quiet',
  label: string,
): Fragment {
  return html`<form method="post" action="${action}">
    <input type="hidden" name="xsrf" value="${xsrf}" />
    <input type="hidden" name="user_code" value="${userCode}" />
    <input type="hidden" name="${answer}" value="yes" />
    <button class="button ${kind}" type="submit">${label}</button>
  </form>`
}
