import { wordsIn } from './locale.ts'

/** Words that many pages share. */
export const commonWords = wordsIn({
  en: {
    account: 'Account: ',
    continue: 'Continue',
    cancel: 'Cancel',
    tryAnotherWay: 'Try another way',
    username: 'Username',
    password: 'Password',
    oneTimeCode: 'One-time code',
    needsScript: 'This needs JavaScript, which your browser does not run here.',
    chooseBelow: ' Please choose “Try another way” below.',
    attemptsLeft: (count: number) => (count === 1 ? '1 attempt left.' : `${count} attempts left.`),
    minutes: (count: number) => (count === 1 ? 'in 1 minute' : `in ${count} minutes`),
  },
  de: {
    account: 'Konto: ',
    continue: 'Weiter',
    cancel: 'Abbrechen',
    tryAnotherWay: 'Anderen Weg wählen',
    username: 'Benutzername',
    password: 'Passwort',
    oneTimeCode: 'Einmalcode',
    needsScript: 'Dafür ist JavaScript nötig, das Ihr Browser hier nicht ausführt.',
    chooseBelow: ' Bitte wählen Sie unten „Anderen Weg wählen“.',
    attemptsLeft: (count) => (count === 1 ? 'Noch 1 Versuch.' : `Noch ${count} Versuche.`),
    minutes: (count) => (count === 1 ? 'in 1 Minute' : `in ${count} Minuten`),
  },
  fr: {
    account: 'Compte : ',
    continue: 'Continuer',
    cancel: 'Annuler',
    tryAnotherWay: 'Essayer autrement',
    username: 'Nom d’utilisateur',
    password: 'Mot de passe',
    oneTimeCode: 'Code à usage unique',
    needsScript: 'JavaScript est nécessaire ici, mais votre navigateur ne l’exécute pas.',
    chooseBelow: ' Choisissez « Essayer autrement » ci-dessous.',
    attemptsLeft: (count) =>
      count < 2 ? `Il vous reste ${count} essai.` : `Il vous reste ${count} essais.`,
    minutes: (count) => (count < 2 ? `dans ${count} minute` : `dans ${count} minutes`),
  },
})
