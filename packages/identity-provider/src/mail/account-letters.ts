import { type Locale, wordsIn } from '../interaction/pages/locale.ts'
import { type Letter, writeLetter } from './letter.ts'

/** What a letter tells the owner of an account, beside codes. */
export type AccountLetter = keyof typeof english

interface LetterFacts {
  readonly provider: string
  readonly username: string
  /** When a cool-down is over. */
  readonly until?: string
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
      () => 'You did not ask? Then you can ignore this email: nothing was changed.',
    ],
  },
  have_account: {
    subject: 'You already have an account',
    text: [
      ({ provider, username }: LetterFacts) =>
        `Somebody asked to sign up at ${provider} with this address. You have an account there already: “${username}”. Sign in with that one.`,
      () => 'It was not you? Then you can ignore this email: nothing was changed.',
    ],
  },
  recovery_started: {
    subject: 'A way to sign in was reported as lost',
    text: [
      ({ provider, username, until = '' }: LetterFacts) =>
        `Somebody who signed in to your account “${username}” at ${provider} said that a second factor is lost. It can be removed from ${until} on.`,
      ({ provider }: LetterFacts) =>
        `It was not you? Then open your account at ${provider} as you always do, stop this there, and change your password.`,
    ],
  },
  recovery_ready: {
    subject: 'What you lost can be removed now',
    text: [
      ({ provider, username }: LetterFacts) =>
        `The waiting time is over for the second factor of your account “${username}” at ${provider} that was reported as lost. Sign in to your account page to remove it and to set up another one.`,
      () => 'It was not you? Then stop it on your account page now, and change your password.',
    ],
  },
  recovery_finished: {
    subject: 'What was lost is removed',
    text: [
      ({ provider, username }: LetterFacts) =>
        `The second factor of your account “${username}” at ${provider} that was reported as lost is removed. Set up another one as soon as you can.`,
      ({ provider }: LetterFacts) =>
        `It was not you? Then tell ${provider} at once: somebody knows your password and reads your mail.`,
    ],
  },
  recovery_stopped: {
    subject: 'Nothing is removed from your account',
    text: [
      ({ provider, username }: LetterFacts) =>
        `The removal of a second factor that was reported as lost from your account “${username}” at ${provider} was stopped. Everything stays as it was.`,
      () =>
        'It was reported by somebody else? Then your password is known to others: please change it.',
    ],
  },
  account_disabled: {
    subject: 'Your account was disabled',
    text: [
      ({ provider, username }: LetterFacts) =>
        `Your account “${username}” was disabled by those who run ${provider}. You are signed out everywhere and cannot sign in.`,
      ({ provider }: LetterFacts) => `You do not know why? Then ask ${provider}.`,
    ],
  },
  account_enabled: {
    subject: 'Your account is enabled again',
    text: [
      ({ provider, username }: LetterFacts) =>
        `Your account “${username}” was enabled again by those who run ${provider}. You can sign in as before.`,
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
        () =>
          'Das waren nicht Sie? Dann können Sie diese E-Mail ignorieren: Nichts wurde geändert.',
      ],
    },
    have_account: {
      subject: 'Sie haben schon ein Konto',
      text: [
        ({ provider, username }) =>
          `Jemand wollte sich bei ${provider} mit dieser Adresse registrieren. Sie haben dort schon ein Konto: „${username}“. Melden Sie sich damit an.`,
        () =>
          'Das waren nicht Sie? Dann können Sie diese E-Mail ignorieren: Nichts wurde geändert.',
      ],
    },
    recovery_started: {
      subject: 'Ein Anmeldeweg wurde als verloren gemeldet',
      text: [
        ({ provider, username, until = '' }) =>
          `Jemand, der in Ihrem Konto „${username}“ bei ${provider} angemeldet war, hat einen zweiten Faktor als verloren gemeldet. Er kann ab ${until} entfernt werden.`,
        ({ provider }) =>
          `Das waren nicht Sie? Dann öffnen Sie Ihr Konto bei ${provider} wie immer, halten Sie es dort an und ändern Sie Ihr Passwort.`,
      ],
    },
    recovery_ready: {
      subject: 'Das Verlorene kann jetzt entfernt werden',
      text: [
        ({ provider, username }) =>
          `Die Wartezeit für den als verloren gemeldeten zweiten Faktor Ihres Kontos „${username}“ bei ${provider} ist vorbei. Melden Sie sich auf Ihrer Kontoseite an, um ihn zu entfernen und einen anderen einzurichten.`,
        () =>
          'Das waren nicht Sie? Dann halten Sie es jetzt auf Ihrer Kontoseite an und ändern Sie Ihr Passwort.',
      ],
    },
    recovery_finished: {
      subject: 'Das Verlorene ist entfernt',
      text: [
        ({ provider, username }) =>
          `Der als verloren gemeldete zweite Faktor Ihres Kontos „${username}“ bei ${provider} ist entfernt. Richten Sie so bald wie möglich einen anderen ein.`,
        ({ provider }) =>
          `Das waren nicht Sie? Dann wenden Sie sich sofort an ${provider}: Jemand kennt Ihr Passwort und liest Ihre Post.`,
      ],
    },
    recovery_stopped: {
      subject: 'Aus Ihrem Konto wird nichts entfernt',
      text: [
        ({ provider, username }) =>
          `Das Entfernen eines als verloren gemeldeten zweiten Faktors aus Ihrem Konto „${username}“ bei ${provider} wurde angehalten. Alles bleibt, wie es war.`,
        () =>
          'Jemand anderes hatte das gemeldet? Dann kennen andere Ihr Passwort: Bitte ändern Sie es.',
      ],
    },
    account_disabled: {
      subject: 'Ihr Konto wurde gesperrt',
      text: [
        ({ provider, username }) =>
          `Ihr Konto „${username}“ wurde von den Betreibern von ${provider} gesperrt. Sie sind überall abgemeldet und können sich nicht anmelden.`,
        ({ provider }) => `Sie kennen den Grund nicht? Dann fragen Sie ${provider}.`,
      ],
    },
    account_enabled: {
      subject: 'Ihr Konto ist wieder freigegeben',
      text: [
        ({ provider, username }) =>
          `Ihr Konto „${username}“ wurde von den Betreibern von ${provider} wieder freigegeben. Sie können sich wie zuvor anmelden.`,
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
        () => 'Ce n’était pas vous ? Vous pouvez ignorer cet e-mail : rien n’a été modifié.',
      ],
    },
    have_account: {
      subject: 'Vous avez déjà un compte',
      text: [
        ({ provider, username }) =>
          `Quelqu’un a demandé à s’inscrire chez ${provider} avec cette adresse. Vous y avez déjà un compte : « ${username} ». Connectez-vous avec celui-ci.`,
        () => 'Ce n’était pas vous ? Vous pouvez ignorer cet e-mail : rien n’a été modifié.',
      ],
    },
    recovery_started: {
      subject: 'Un moyen de connexion a été signalé perdu',
      text: [
        ({ provider, username, until = '' }) =>
          `Quelqu’un qui était connecté à votre compte « ${username} » chez ${provider} a signalé la perte d’un second facteur. Il pourra être supprimé à partir du ${until}.`,
        ({ provider }) =>
          `Ce n’était pas vous ? Ouvrez votre compte chez ${provider} comme d’habitude, arrêtez la procédure et changez votre mot de passe.`,
      ],
    },
    recovery_ready: {
      subject: 'Ce que vous avez perdu peut être supprimé',
      text: [
        ({ provider, username }) =>
          `Le délai est écoulé pour le second facteur signalé perdu de votre compte « ${username} » chez ${provider}. Connectez-vous à la page de votre compte pour le supprimer et en configurer un autre.`,
        () =>
          'Ce n’était pas vous ? Arrêtez-le maintenant sur la page de votre compte et changez votre mot de passe.',
      ],
    },
    recovery_finished: {
      subject: 'Ce qui était perdu est supprimé',
      text: [
        ({ provider, username }) =>
          `Le second facteur signalé perdu de votre compte « ${username} » chez ${provider} est supprimé. Configurez-en un autre dès que possible.`,
        ({ provider }) =>
          `Ce n’était pas vous ? Prévenez aussitôt ${provider} : quelqu’un connaît votre mot de passe et lit votre courrier.`,
      ],
    },
    recovery_stopped: {
      subject: 'Rien n’est supprimé de votre compte',
      text: [
        ({ provider, username }) =>
          `La suppression d’un second facteur signalé perdu de votre compte « ${username} » chez ${provider} a été arrêtée. Tout reste comme avant.`,
        () => 'Quelqu’un d’autre l’avait signalé ? Votre mot de passe est connu : changez-le.',
      ],
    },
    account_disabled: {
      subject: 'Votre compte a été désactivé',
      text: [
        ({ provider, username }) =>
          `Votre compte « ${username} » a été désactivé par les responsables de ${provider}. Vous êtes déconnecté partout et ne pouvez plus vous connecter.`,
        ({ provider }) => `Vous n’en connaissez pas la raison ? Adressez-vous à ${provider}.`,
      ],
    },
    account_enabled: {
      subject: 'Votre compte est réactivé',
      text: [
        ({ provider, username }) =>
          `Votre compte « ${username} » a été réactivé par les responsables de ${provider}. Vous pouvez vous connecter comme avant.`,
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
