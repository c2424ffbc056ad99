import { wordsIn } from './locale.ts'
import { opening } from './account.ts'
import { document } from './document.ts'
import type { Html } from './markup.ts'
import type { PageFrame } from './page-frame.ts'

/** What became of a device's request. The device learns it by itself; the person closes the page. */
export type DeviceOutcome = keyof typeof english

export interface DeviceEndedPageModel extends PageFrame {
  readonly outcome: DeviceOutcome
}

const english = {
  connected: {
    title: 'Your device is connected',
    lede: 'Go back to your device: it goes on by itself. You can close this page.',
  },
  cancelled: {
    title: 'The device was not connected',
    lede: 'You cancelled, and the device was told. You can close this page.',
  },
  unmet: {
    title: 'The device was not connected',
    lede: 'It asked for a stronger confirmation than was given, and was told so. Start again on the device if you want to try once more.',
  },
  ended: {
    title: 'The device was not connected',
    lede: 'Its request could not be completed. Start again on the device.',
  },
}

const words = wordsIn({
  en: english,
  de: {
    connected: {
      title: 'Ihr Gerät ist verbunden',
      lede: 'Gehen Sie zurück zu Ihrem Gerät: Dort geht es von selbst weiter. Sie können diese Seite schließen.',
    },
    cancelled: {
      title: 'Das Gerät wurde nicht verbunden',
      lede: 'Sie haben abgebrochen, und das Gerät weiß es. Sie können diese Seite schließen.',
    },
    unmet: {
      title: 'Das Gerät wurde nicht verbunden',
      lede: 'Es verlangte eine stärkere Bestätigung, als gegeben wurde, und weiß das jetzt. Beginnen Sie am Gerät von vorn, wenn Sie es noch einmal versuchen möchten.',
    },
    ended: {
      title: 'Das Gerät wurde nicht verbunden',
      lede: 'Seine Anfrage konnte nicht abgeschlossen werden. Beginnen Sie am Gerät von vorn.',
    },
  },
  fr: {
    connected: {
      title: 'Votre appareil est connecté',
      lede: 'Revenez à votre appareil : il continue de lui-même. Vous pouvez fermer cette page.',
    },
    cancelled: {
      title: 'L’appareil n’a pas été connecté',
      lede: 'Vous avez annulé, et l’appareil en est informé. Vous pouvez fermer cette page.',
    },
    unmet: {
      title: 'L’appareil n’a pas été connecté',
      lede: 'Il demandait une confirmation plus forte que celle qui a été donnée, et il en est informé. Recommencez sur l’appareil pour réessayer.',
    },
    ended: {
      title: 'L’appareil n’a pas été connecté',
      lede: 'Sa demande n’a pas pu aboutir. Recommencez sur l’appareil.',
    },
  },
})

/** Every outcome. */
export const deviceOutcomes = Object.keys(english) as readonly DeviceOutcome[]

export function deviceEndedPage(model: DeviceEndedPageModel): Html {
  const { title, lede } = words(model)[model.outcome]
  return document(model, {
    page: 'device-ended',
    title,
    failed: model.outcome !== 'connected',
    main: opening(title, lede),
  })
}
