import { type Locale, wordsIn } from '../interaction/pages/locale.ts'
import { type Letter, writeLetter } from './letter.ts'

/** What a letter tells the owner of an account, beside codes. */
export type AccountLetter = keyof typeof english

interface LetterFacts {
  readonly provider: string
  readonly username: string
}

type Words = Readonly<
  Record<
    AccountLetter,
    { readonly subject: string; readonly text: readonly ((facts: LetterFacts) => string)[] }
  >
>

const english = {
  no_password: {
    subject: 'There is no password to replace',
    text: [
      ({ provider, username }: LetterFacts) =>
        `Somebody asked ${provider} for a new password for your account “${username}”. This account has no password: you sign in to it in another way, such as with a passkey.`,
      () => 'You did not ask? Then you can ignore this letter: nothing was changed.',
    ],
  },
  have_account: {
    subject: 'You already have an account',
    text: [
      ({ provider, username }: LetterFacts) =>
        `Somebody asked to sign up at ${provider} with this address. You have an account there already: “${username}”. Sign in with that one.`,
      () => 'It was not you? Then you can ignore this letter: nothing was changed.',
    ],
  },
  password_reset: {
    subject: 'Your password was replaced',
    text: [
      ({ provider, username }: LetterFacts) =>
        `The password of your account “${username}” at ${provider} was replaced after a code that was sent to this address. You were signed out everywhere.`,
      ({ provider }: LetterFacts) =>
        `It was not you? Then somebody reads your mail. Secure your mailbox first, and then tell ${provider}.`,
    ],
  },
}

const words = wordsIn<Words>({
  en: english,
  de: {
    no_password: {
      subject: 'Es gibt kein Passwort zu ersetzen',
      text: [
        ({ provider, username }) =>
          `Jemand hat bei ${provider} ein neues Passwort für Ihr Konto „${username}“ verlangt. Dieses Konto hat kein Passwort: Sie melden sich auf andere Weise an, zum Beispiel mit einem Passkey.`,
        () => 'Das waren nicht Sie? Dann können Sie diesen Brief übergehen: Nichts wurde geändert.',
      ],
    },
    have_account: {
      subject: 'Sie haben schon ein Konto',
      text: [
        ({ provider, username }) =>
          `Jemand wollte sich bei ${provider} mit dieser Adresse registrieren. Sie haben dort schon ein Konto: „${username}“. Melden Sie sich damit an.`,
        () => 'Das waren nicht Sie? Dann können Sie diesen Brief übergehen: Nichts wurde geändert.',
      ],
    },
    password_reset: {
      subject: 'Ihr Passwort wurde ersetzt',
      text: [
        ({ provider, username }) =>
          `Das Passwort Ihres Kontos „${username}“ bei ${provider} wurde nach einem Code ersetzt, der an diese Adresse ging. Sie wurden überall abgemeldet.`,
        ({ provider }) =>
          `Das waren nicht Sie? Dann liest jemand Ihre Post. Sichern Sie zuerst Ihr Postfach und wenden Sie sich dann an ${provider}.`,
      ],
    },
  },
  fr: {
    no_password: {
      subject: 'Il n’y a pas de mot de passe à remplacer',
      text: [
        ({ provider, username }) =>
          `Quelqu’un a demandé à ${provider} un nouveau mot de passe pour votre compte « ${username} ». Ce compte n’a pas de mot de passe : vous vous y connectez autrement, par exemple avec une clé d’accès.`,
        () => 'Ce n’était pas vous ? Vous pouvez ignorer cette lettre : rien n’a été modifié.',
      ],
    },
    have_account: {
      subject: 'Vous avez déjà un compte',
      text: [
        ({ provider, username }) =>
          `Quelqu’un a demandé à s’inscrire chez ${provider} avec cette adresse. Vous y avez déjà un compte : « ${username} ». Connectez-vous avec celui-ci.`,
        () => 'Ce n’était pas vous ? Vous pouvez ignorer cette lettre : rien n’a été modifié.',
      ],
    },
    password_reset: {
      subject: 'Votre mot de passe a été remplacé',
      text: [
        ({ provider, username }) =>
          `Le mot de passe de votre compte « ${username} » chez ${provider} a été remplacé après un code envoyé à cette adresse. Vous avez été déconnecté partout.`,
        ({ provider }) =>
          `Ce n’était pas vous ? Quelqu’un lit votre courrier. Sécurisez d’abord votre boîte, puis prévenez ${provider}.`,
      ],
    },
  },
})

export function accountLetter(kind: AccountLetter, locale: Locale, facts: LetterFacts): Letter {
  const { subject, text } = words({ locale })[kind]
  return writeLetter({ locale, subject, paragraphs: text.map((say) => say(facts)) })
}
