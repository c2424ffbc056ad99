import { wordsIn } from './locale.ts'
import { opening } from './account.ts'
import { document } from './document.ts'
import { continueButton, errorBox, field } from './form.ts'
import type { Html } from './markup.ts'
import { html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** Why there is no going on with what was typed. */
export type DeviceCodeError = 'missing' | 'unknown' | 'too_many'

/** The code that a device shows (RFC 8628 §3.3). Posts `user_code` to `action`, with `xsrf` as the protocol library wants it. */
export interface DeviceCodePageModel extends PageFrame {
  readonly action: string
  readonly xsrf: string
  /** What came with the address, or was typed before. Stays editable. */
  readonly userCode?: string
  readonly error?: DeviceCodeError
}

const words = wordsIn({
  en: {
    title: 'Connect a device',
    lede: 'Enter the code that your device shows. If somebody sent you the code, stop here: whoever sent it would get into your account.',
    code: 'Code on the device',
    leave: 'You do not want to connect a device? Then close this page: nothing happens.',
    errors: {
      missing: 'Please enter the code.',
      unknown:
        'That code is not valid. It may have expired or been used. Check it, or let the device show a new one.',
      too_many: 'There were too many wrong codes. Please wait a while and try again.',
    },
  },
  de: {
    title: 'Gerät verbinden',
    lede: 'Geben Sie den Code ein, den Ihr Gerät anzeigt. Hat Ihnen jemand den Code geschickt, hören Sie hier auf: Diese Person käme sonst in Ihr Konto.',
    code: 'Code auf dem Gerät',
    leave: 'Sie möchten kein Gerät verbinden? Dann schließen Sie diese Seite: Es geschieht nichts.',
    errors: {
      missing: 'Bitte geben Sie den Code ein.',
      unknown:
        'Dieser Code ist nicht gültig. Vielleicht ist er abgelaufen oder schon benutzt. Prüfen Sie ihn, oder lassen Sie das Gerät einen neuen anzeigen.',
      too_many:
        'Es gab zu viele falsche Codes. Bitte warten Sie eine Weile und versuchen Sie es noch einmal.',
    },
  },
  fr: {
    title: 'Connecter un appareil',
    lede: 'Saisissez le code affiché par votre appareil. Si quelqu’un vous a envoyé ce code, arrêtez-vous ici : cette personne accéderait à votre compte.',
    code: 'Code affiché par l’appareil',
    leave: 'Vous ne souhaitez pas connecter d’appareil ? Fermez cette page : rien ne se passera.',
    errors: {
      missing: 'Veuillez saisir le code.',
      unknown:
        'Ce code n’est pas valable. Il a peut-être expiré ou déjà servi. Vérifiez-le ou demandez à l’appareil d’en afficher un nouveau.',
      too_many: 'Il y a eu trop de codes incorrects. Patientez un moment, puis réessayez.',
    },
  },
})

export function deviceCodePage(model: DeviceCodePageModel): Html {
  const { title, lede, code, leave, errors } = words(model)
  const { error, userCode } = model
  return document(model, {
    page: 'device-code',
    title,
    failed: error !== undefined,
    main: html`${opening(title, lede)} ${error !== undefined && errorBox(errors[error])}
      <form method="post" action="${model.action}">
        <input type="hidden" name="xsrf" value="${model.xsrf}" />
        ${field({
          id: 'user_code',
          name: 'user_code',
          label: code,
          type: 'text',
          autocomplete: 'off',
          focused: true,
          ...(userCode !== undefined && { value: userCode }),
          invalid: error !== undefined && error !== 'too_many',
          explained: error !== undefined,
        })}
        ${continueButton(model)}
      </form>
      <p class="fine">${leave}</p>`,
  })
}
