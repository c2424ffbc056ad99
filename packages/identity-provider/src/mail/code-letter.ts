import { type Locale, wordsIn } from '../interaction/pages/locale.ts'
import { type Letter, writeLetter } from './letter.ts'

/** What a code by mail is for. A code for one purpose is none for another. */
export type CodePurpose =
  | 'confirm'
  | 'verify-address'
  | 'reset-password'
  | 'sign-up'
  | 'recover-account'

interface CodeWords {
  readonly subject: (provider: string) => string
  readonly use: Readonly<Record<CodePurpose, (provider: string) => string>>
  readonly good: (minutes: number) => string
  readonly secret: string
  readonly unasked: Readonly<Record<CodePurpose, string>>
}

const words = wordsIn<CodeWords>({
  en: {
    subject: (provider) => `Your code for ${provider}`,
    use: {
      confirm: (provider) => `This code confirms at ${provider} that it is you:`,
      'verify-address': (provider) => `This code shows ${provider} that this address is yours:`,
      'reset-password': (provider) => `With this code you can set a new password at ${provider}:`,
      'sign-up': (provider) => `With this code you finish signing up at ${provider}:`,
      'recover-account': (provider) =>
        `With this code you ask ${provider} to remove what you have lost:`,
    },
    good: (minutes) => `It works once, for ${minutes} minutes, on the page that asked for it.`,
    secret: 'Nobody who works there will ever ask you for it. Do not pass it on.',
    unasked: {
      confirm:
        'You did not ask for it? Then someone else may know your password: please change it.',
      'verify-address': 'You did not ask for it? Then you can ignore this email.',
      'reset-password':
        'You did not ask for it? Then you can ignore this email: your password stays as it is.',
      'sign-up': 'You did not ask for it? Then you can ignore this email: nothing was set up.',
      'recover-account':
        'You did not ask for it? Then someone else may know your password: please change it.',
    },
  },
  de: {
    subject: (provider) => `Ihr Code für ${provider}`,
    use: {
      confirm: (provider) => `Dieser Code bestätigt bei ${provider}, dass Sie es sind:`,
      'verify-address': (provider) =>
        `Dieser Code zeigt ${provider}, dass diese Adresse Ihnen gehört:`,
      'reset-password': (provider) =>
        `Mit diesem Code legen Sie bei ${provider} ein neues Passwort fest:`,
      'sign-up': (provider) => `Mit diesem Code schließen Sie die Anmeldung bei ${provider} ab:`,
      'recover-account': (provider) =>
        `Mit diesem Code bitten Sie ${provider}, das Verlorene zu entfernen:`,
    },
    good: (minutes) =>
      `Er gilt einmal, ${minutes} Minuten lang, auf der Seite, die danach gefragt hat.`,
    secret: 'Niemand, der dort arbeitet, fragt Sie je danach. Geben Sie ihn nicht weiter.',
    unasked: {
      confirm:
        'Sie haben nicht danach gefragt? Dann kennt vielleicht jemand Ihr Passwort: Bitte ändern Sie es.',
      'verify-address': 'Sie haben nicht danach gefragt? Dann können Sie diese E-Mail ignorieren.',
      'reset-password':
        'Sie haben nicht danach gefragt? Dann können Sie diese E-Mail ignorieren: Ihr Passwort bleibt, wie es ist.',
      'sign-up':
        'Sie haben nicht danach gefragt? Dann können Sie diese E-Mail ignorieren: Nichts wurde eingerichtet.',
      'recover-account':
        'Sie haben nicht danach gefragt? Dann kennt vielleicht jemand Ihr Passwort: Bitte ändern Sie es.',
    },
  },
  fr: {
    subject: (provider) => `Votre code pour ${provider}`,
    use: {
      confirm: (provider) => `Ce code confirme auprès de ${provider} que c’est bien vous :`,
      'verify-address': (provider) =>
        `Ce code montre à ${provider} que cette adresse est la vôtre :`,
      'reset-password': (provider) =>
        `Avec ce code, vous définissez un nouveau mot de passe chez ${provider} :`,
      'sign-up': (provider) => `Avec ce code, vous terminez votre inscription chez ${provider} :`,
      'recover-account': (provider) =>
        `Avec ce code, vous demandez à ${provider} de supprimer ce que vous avez perdu :`,
    },
    good: (minutes) =>
      `Il sert une seule fois, pendant ${minutes} minutes, sur la page qui l’a demandé.`,
    secret: 'Personne qui y travaille ne vous le demandera jamais. Ne le transmettez pas.',
    unasked: {
      confirm:
        'Vous ne l’avez pas demandé ? Quelqu’un connaît peut-être votre mot de passe : changez-le.',
      'verify-address': 'Vous ne l’avez pas demandé ? Vous pouvez ignorer cet e-mail.',
      'reset-password':
        'Vous ne l’avez pas demandé ? Vous pouvez ignorer cet e-mail : votre mot de passe reste inchangé.',
      'sign-up': 'Vous ne l’avez pas demandé ? Vous pouvez ignorer cet e-mail : rien n’a été créé.',
      'recover-account':
        'Vous ne l’avez pas demandé ? Quelqu’un connaît peut-être votre mot de passe : changez-le.',
    },
  },
})

export interface CodeLetterFacts {
  readonly purpose: CodePurpose
  readonly code: string
  readonly minutes: number
  readonly providerName: string
  readonly locale: Locale
}

export function codeLetter({
  purpose,
  code,
  minutes,
  providerName,
  locale,
}: CodeLetterFacts): Letter {
  const { subject, use, good, secret, unasked } = words({ locale })
  return writeLetter({
    locale,
    // Not in the subject, which locked phones show.
    subject: subject(providerName),
    paragraphs: [
      use[purpose](providerName),
      { apart: code.replace(/(.{4})(?=.)/g, '$1 ') },
      `${good(minutes)} ${secret}`,
      unasked[purpose],
    ],
  })
}
