import type { EpochSeconds, Method } from '@newel/policy'
import { type Locale, wordsIn } from '../interaction/pages/locale.ts'
import { methodWords } from '../interaction/pages/method-words.ts'
import { type Letter, writeLetter } from '../mail/letter.ts'

/** What a person is told by mail that happened to their account. */
export type Notice =
  | { readonly kind: 'added' | 'removed' | 'locked'; readonly method: Method }
  | {
      readonly kind:
        | 'password_changed'
        | 'recovery_code_used'
        | 'recovery_codes_made'
        | 'address_changed'
        | 'new_device'
    }

export interface NoticeFacts {
  readonly notice: Notice
  readonly locale: Locale
  readonly providerName: string
  /** What people call the upstream providers, by id. Absent: none is spoken of. */
  readonly upstreamNames?: ReadonlyMap<string, string> | undefined
  readonly username: string
  readonly at: EpochSeconds
  /** Where it was done from, as far as that is known. */
  readonly device?: string | undefined
  readonly address?: string | undefined
}

interface NoticeWords {
  readonly subject: Readonly<Record<Notice['kind'], string>>
  readonly what: Readonly<
    Record<Notice['kind'], (account: string, provider: string, method: string) => string>
  >
  readonly when: (time: string) => string
  readonly from: (place: string) => string
  readonly wasYou: string
  readonly wasNot: (provider: string) => string
  readonly guessed: string
}

const words = wordsIn<NoticeWords>({
  en: {
    subject: {
      added: 'A way to sign in was added to your account',
      removed: 'A way to sign in was removed from your account',
      locked: 'Wrong answers were given for your account',
      password_changed: 'Your password was changed',
      recovery_code_used: 'A recovery code was used',
      recovery_codes_made: 'New recovery codes were made',
      address_changed: 'The email address of your account was changed',
      new_device: 'Your account was used on another device',
    },
    what: {
      added: (account, provider, method) =>
        `To your account “${account}” at ${provider} this was added: ${method}.`,
      removed: (account, provider, method) =>
        `From your account “${account}” at ${provider} this was removed: ${method}.`,
      locked: (account, provider, method) =>
        `For your account “${account}” at ${provider} too many wrong answers were given. For a while none is taken for: ${method}.`,
      password_changed: (account, provider) =>
        `The password of your account “${account}” at ${provider} was changed.`,
      recovery_code_used: (account, provider) =>
        `A recovery code of your account “${account}” at ${provider} was used. It works no more.`,
      recovery_codes_made: (account, provider) =>
        `New recovery codes were made for your account “${account}” at ${provider}. Those from before work no more.`,
      address_changed: (account, provider) =>
        `Email about your account “${account}” at ${provider} goes to another address from now on.`,
      new_device: (account, provider) =>
        `Someone signed in to your account “${account}” at ${provider} from a device that was not used for it lately.`,
    },
    when: (time) => `When: ${time} (UTC)`,
    from: (place) => `From: ${place}`,
    wasYou: 'Was it you? Then there is nothing to do.',
    wasNot: (provider) =>
      `Was it not you? Then open your account at ${provider} as you always do, end the sessions that are not yours and change your password.`,
    guessed:
      'Was it not you? Then someone may be guessing. Nothing was changed, and where you are signed in you stay so.',
  },
  de: {
    subject: {
      added: 'Ein Anmeldeweg kam zu Ihrem Konto hinzu',
      removed: 'Ein Anmeldeweg wurde aus Ihrem Konto entfernt',
      locked: 'Für Ihr Konto gab es falsche Antworten',
      password_changed: 'Ihr Passwort wurde geändert',
      recovery_code_used: 'Ein Wiederherstellungscode wurde benutzt',
      recovery_codes_made: 'Neue Wiederherstellungscodes wurden angelegt',
      address_changed: 'Die E-Mail-Adresse Ihres Kontos wurde geändert',
      new_device: 'Ihr Konto wurde auf einem anderen Gerät benutzt',
    },
    what: {
      added: (account, provider, method) =>
        `Zu Ihrem Konto „${account}“ bei ${provider} kam hinzu: ${method}.`,
      removed: (account, provider, method) =>
        `Aus Ihrem Konto „${account}“ bei ${provider} wurde entfernt: ${method}.`,
      locked: (account, provider, method) =>
        `Für Ihr Konto „${account}“ bei ${provider} gab es zu viele falsche Antworten. Eine Weile wird keine mehr angenommen für: ${method}.`,
      password_changed: (account, provider) =>
        `Das Passwort Ihres Kontos „${account}“ bei ${provider} wurde geändert.`,
      recovery_code_used: (account, provider) =>
        `Ein Wiederherstellungscode Ihres Kontos „${account}“ bei ${provider} wurde benutzt. Er gilt nicht mehr.`,
      recovery_codes_made: (account, provider) =>
        `Für Ihr Konto „${account}“ bei ${provider} wurden neue Wiederherstellungscodes angelegt. Die früheren gelten nicht mehr.`,
      address_changed: (account, provider) =>
        `Post zu Ihrem Konto „${account}“ bei ${provider} geht von nun an an eine andere Adresse.`,
      new_device: (account, provider) =>
        `Jemand hat sich an Ihrem Konto „${account}“ bei ${provider} auf einem Gerät angemeldet, das zuletzt nicht dafür benutzt wurde.`,
    },
    when: (time) => `Wann: ${time} (UTC)`,
    from: (place) => `Von: ${place}`,
    wasYou: 'Waren Sie das? Dann ist nichts zu tun.',
    wasNot: (provider) =>
      `Waren Sie das nicht? Dann öffnen Sie Ihr Konto bei ${provider} wie immer, beenden Sie fremde Sitzungen und ändern Sie Ihr Passwort.`,
    guessed:
      'Waren Sie das nicht? Dann versucht vielleicht jemand zu raten. Nichts wurde geändert, und wo Sie angemeldet sind, bleiben Sie es.',
  },
  fr: {
    subject: {
      added: 'Un moyen de connexion a été ajouté à votre compte',
      removed: 'Un moyen de connexion a été supprimé de votre compte',
      locked: 'Des réponses incorrectes ont été données pour votre compte',
      password_changed: 'Votre mot de passe a été changé',
      recovery_code_used: 'Un code de secours a été utilisé',
      recovery_codes_made: 'De nouveaux codes de secours ont été créés',
      address_changed: 'L’adresse e-mail de votre compte a été changée',
      new_device: 'Votre compte a été utilisé sur un autre appareil',
    },
    what: {
      added: (account, provider, method) =>
        `À votre compte « ${account} » chez ${provider} a été ajouté : ${method}.`,
      removed: (account, provider, method) =>
        `De votre compte « ${account} » chez ${provider} a été supprimé : ${method}.`,
      locked: (account, provider, method) =>
        `Pour votre compte « ${account} » chez ${provider}, il y a eu trop de réponses incorrectes. Pendant un moment, aucune n’est acceptée pour : ${method}.`,
      password_changed: (account, provider) =>
        `Le mot de passe de votre compte « ${account} » chez ${provider} a été changé.`,
      recovery_code_used: (account, provider) =>
        `Un code de secours de votre compte « ${account} » chez ${provider} a été utilisé. Il ne sert plus.`,
      recovery_codes_made: (account, provider) =>
        `De nouveaux codes de secours ont été créés pour votre compte « ${account} » chez ${provider}. Les anciens ne servent plus.`,
      address_changed: (account, provider) =>
        `Le courrier concernant votre compte « ${account} » chez ${provider} ira désormais à une autre adresse.`,
      new_device: (account, provider) =>
        `Quelqu’un s’est connecté à votre compte « ${account} » chez ${provider} depuis un appareil qui n’avait pas servi récemment.`,
    },
    when: (time) => `Quand : ${time} (UTC)`,
    from: (place) => `D’où : ${place}`,
    wasYou: 'C’était vous ? Il n’y a rien à faire.',
    wasNot: (provider) =>
      `Ce n’était pas vous ? Ouvrez votre compte chez ${provider} comme d’habitude, fermez les sessions qui ne sont pas les vôtres et changez votre mot de passe.`,
    guessed:
      'Ce n’était pas vous ? Quelqu’un essaie peut-être de deviner. Rien n’a été modifié, et vous restez connecté là où vous l’êtes.',
  },
})

/** No link: a letter that leads to a sign-in teaches people to follow such letters. */
export function noticeLetter(facts: NoticeFacts): Letter {
  const { notice, locale, providerName, upstreamNames, username, at, device, address } = facts
  const { subject, what, when, from, wasYou, wasNot, guessed } = words({ locale })
  const method =
    'method' in notice
      ? methodWords(notice.method, { locale, ...(upstreamNames && { upstreamNames }) }).name
      : ''
  const time = new Date(at * 1000).toISOString().slice(0, 16).replace('T', ' ')
  const place = [device, address].filter((part) => part !== undefined).join(', ')
  return writeLetter({
    locale,
    subject: subject[notice.kind],
    paragraphs: [
      what[notice.kind](username, providerName, method),
      when(time),
      ...(place === '' ? [] : [from(place)]),
      wasYou,
      notice.kind === 'locked' ? guessed : wasNot(providerName),
    ],
  })
}
