import type { Spoken } from './locale.ts'
import { wordsIn } from './locale.ts'
import type { Method } from '@newel/policy'
import type { EnrolmentReason, VerificationReason } from '../../authenticators/index.ts'
import { isWebAuthn } from './method-words.ts'

/** Why an answer was not accepted. Codes are stable; the words are the page's. */
export type AnswerError = keyof typeof english

/** What happened, then what to do. No text tells whether an account exists. */
const english = {
  wrong_credentials: 'The username or the password is not right. Please try again.',
  wrong_password: 'That password is not right. Please try again.',
  wrong_code: 'That code is not right. Please check it and try again.',
  replayed_code: 'That code was used already. Wait for the next one and enter it.',
  expired_code: 'That code has expired. Enter the newest one.',
  expired_mail_code: 'That code is not good any more. Have another one sent.',
  mail_not_sent: 'We could not send the email just now. Please try again in a moment.',
  too_many_letters:
    'We have sent several emails already. Use the newest one, or try again in a quarter of an hour.',
  resend_too_soon: 'We have just sent one. Please give it half a minute.',
  invalid_username: 'That cannot be a username. Use 1 to 256 visible characters.',
  username_taken: 'That username is taken. Please choose another one.',
  username_is_address:
    'You have not confirmed that email address here. Please choose a username without “@”.',
  invalid_address: 'That is not an email address. Please check it.',
  malformed: 'That does not look complete. Please check it and try again.',
  missing_answer: 'Please fill in the field to continue.',
  nothing_chosen: 'Please choose at least one.',
  cancelled_by_browser: 'Your browser ended the request. Nothing was changed; you can try again.',
  unsupported_by_browser:
    'This browser cannot use passkeys or security keys. Please try another way.',
  unknown_credential:
    'That passkey or security key does not belong to this account. Please use another one.',
  rejected_credential: 'That passkey or security key could not be confirmed. Please try again.',
  user_verification_missing:
    'The passkey did not check that it is you. Use your fingerprint, face or device PIN when asked.',
  challenge_expired: 'That took too long, so the request has expired. Please try again.',
  already_enrolled: 'That one is set up for your account already. Please use a different one.',
  password_too_short: 'That password is too short. Use at least 8 characters.',
  password_too_long: 'That password is too long.',
  password_too_simple: 'That password is too easy to guess. Please choose another one.',
  different_user: 'Those details belong to another account. Please go on with the one shown here.',
  throttled: 'Too many attempts in a short time. Please wait a moment and try again.',
  busy: 'We are a little busy just now. Please try again in a moment.',
  form_expired: 'This page was open for too long. Please try once more.',
  unavailable: 'This way cannot be used just now. Please try another one.',
  upstream_denied:
    'The other provider did not confirm that it is you. Nothing was changed; you can try again.',
  upstream_unavailable:
    'The other provider cannot be reached just now. Please try again later, or another way.',
  upstream_failed:
    'The answer of the other provider could not be trusted, so it was not used. Please try another way.',
  upstream_insufficient:
    'The other provider did not confirm as much as is needed here. Please try another way.',
  upstream_unlinked:
    'No account here belongs to that sign-in. Sign in another way; in your account you can then link it.',
}

const words = wordsIn({
  en: english,
  de: {
    wrong_credentials:
      'Benutzername oder Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.',
    wrong_password: 'Dieses Passwort stimmt nicht. Bitte versuchen Sie es noch einmal.',
    wrong_code: 'Dieser Code stimmt nicht. Bitte prüfen Sie ihn und versuchen Sie es noch einmal.',
    replayed_code:
      'Dieser Code wurde schon benutzt. Warten Sie auf den nächsten und geben Sie ihn ein.',
    expired_code: 'Dieser Code ist abgelaufen. Geben Sie den neuesten ein.',
    expired_mail_code: 'Dieser Code gilt nicht mehr. Lassen Sie sich einen neuen senden.',
    mail_not_sent:
      'Wir konnten die E-Mail gerade nicht senden. Bitte versuchen Sie es gleich noch einmal.',
    too_many_letters:
      'Wir haben schon mehrere E-Mails gesendet. Nehmen Sie die neueste, oder versuchen Sie es in einer Viertelstunde.',
    resend_too_soon: 'Wir haben gerade eine gesendet. Bitte warten Sie eine halbe Minute.',
    invalid_username: 'Das kann kein Benutzername sein. Verwenden Sie 1 bis 256 sichtbare Zeichen.',
    username_taken: 'Dieser Benutzername ist vergeben. Bitte wählen Sie einen anderen.',
    username_is_address:
      'Diese E-Mail-Adresse haben Sie hier nicht bestätigt. Bitte wählen Sie einen Benutzernamen ohne „@“.',
    invalid_address: 'Das ist keine E-Mail-Adresse. Bitte prüfen Sie sie.',
    malformed: 'Das sieht unvollständig aus. Bitte prüfen Sie es und versuchen Sie es noch einmal.',
    missing_answer: 'Bitte füllen Sie das Feld aus, um fortzufahren.',
    nothing_chosen: 'Bitte wählen Sie mindestens eines aus.',
    cancelled_by_browser:
      'Ihr Browser hat den Vorgang beendet. Nichts wurde geändert; Sie können es noch einmal versuchen.',
    unsupported_by_browser:
      'Dieser Browser kann keine Passkeys oder Sicherheitsschlüssel verwenden. Bitte wählen Sie einen anderen Weg.',
    unknown_credential:
      'Dieser Passkey oder Sicherheitsschlüssel gehört nicht zu diesem Konto. Bitte verwenden Sie einen anderen.',
    rejected_credential:
      'Dieser Passkey oder Sicherheitsschlüssel ließ sich nicht bestätigen. Bitte versuchen Sie es noch einmal.',
    user_verification_missing:
      'Der Passkey hat nicht geprüft, dass Sie es sind. Verwenden Sie Fingerabdruck, Gesicht oder Geräte-PIN, wenn Sie gefragt werden.',
    challenge_expired:
      'Das hat zu lange gedauert, die Anfrage ist abgelaufen. Bitte versuchen Sie es noch einmal.',
    already_enrolled:
      'Das ist für Ihr Konto schon eingerichtet. Bitte verwenden Sie etwas anderes.',
    password_too_short: 'Dieses Passwort ist zu kurz. Verwenden Sie mindestens 8 Zeichen.',
    password_too_long: 'Dieses Passwort ist zu lang.',
    password_too_simple: 'Dieses Passwort ist zu leicht zu erraten. Bitte wählen Sie ein anderes.',
    different_user:
      'Diese Angaben gehören zu einem anderen Konto. Bitte fahren Sie mit dem hier gezeigten fort.',
    throttled:
      'Zu viele Versuche in kurzer Zeit. Bitte warten Sie einen Moment und versuchen Sie es noch einmal.',
    busy: 'Wir sind gerade etwas ausgelastet. Bitte versuchen Sie es gleich noch einmal.',
    form_expired: 'Diese Seite war zu lange geöffnet. Bitte versuchen Sie es noch einmal.',
    unavailable: 'Dieser Weg ist gerade nicht verfügbar. Bitte wählen Sie einen anderen.',
    upstream_denied:
      'Der andere Anbieter hat nicht bestätigt, dass Sie es sind. Nichts wurde geändert; Sie können es noch einmal versuchen.',
    upstream_unavailable:
      'Der andere Anbieter ist gerade nicht erreichbar. Bitte versuchen Sie es später oder auf einem anderen Weg.',
    upstream_failed:
      'Der Antwort des anderen Anbieters war nicht zu trauen, sie wurde nicht verwendet. Bitte wählen Sie einen anderen Weg.',
    upstream_insufficient:
      'Der andere Anbieter hat nicht so viel bestätigt, wie hier nötig ist. Bitte wählen Sie einen anderen Weg.',
    upstream_unlinked:
      'Zu dieser Anmeldung gehört hier kein Konto. Melden Sie sich auf einem anderen Weg an; in Ihrem Konto können Sie sie dann verknüpfen.',
  },
  fr: {
    wrong_credentials: 'Le nom d’utilisateur ou le mot de passe est incorrect. Veuillez réessayer.',
    wrong_password: 'Ce mot de passe est incorrect. Veuillez réessayer.',
    wrong_code: 'Ce code est incorrect. Vérifiez-le et réessayez.',
    replayed_code: 'Ce code a déjà été utilisé. Attendez le suivant et saisissez-le.',
    expired_code: 'Ce code a expiré. Saisissez le plus récent.',
    expired_mail_code: 'Ce code n’est plus valable. Faites-en envoyer un autre.',
    mail_not_sent: 'Nous n’avons pas pu envoyer l’e-mail. Veuillez réessayer dans un instant.',
    too_many_letters:
      'Nous avons déjà envoyé plusieurs e-mails. Utilisez le plus récent, ou réessayez dans un quart d’heure.',
    resend_too_soon: 'Nous venons d’en envoyer un. Patientez une demi-minute.',
    invalid_username:
      'Ce nom d’utilisateur n’est pas possible. Utilisez de 1 à 256 caractères visibles.',
    username_taken: 'Ce nom d’utilisateur est pris. Veuillez en choisir un autre.',
    username_is_address:
      'Vous n’avez pas confirmé cette adresse e-mail ici. Veuillez choisir un nom d’utilisateur sans « @ ».',
    invalid_address: 'Ce n’est pas une adresse e-mail. Veuillez la vérifier.',
    malformed: 'La réponse semble incomplète. Vérifiez-la et réessayez.',
    missing_answer: 'Veuillez remplir le champ pour continuer.',
    nothing_chosen: 'Veuillez choisir au moins un élément.',
    cancelled_by_browser:
      'Votre navigateur a interrompu la demande. Rien n’a été modifié ; vous pouvez réessayer.',
    unsupported_by_browser:
      'Ce navigateur ne prend pas en charge les clés d’accès ni les clés de sécurité. Veuillez essayer autrement.',
    unknown_credential: 'Cette clé n’appartient pas à ce compte. Veuillez en utiliser une autre.',
    rejected_credential: 'Cette clé n’a pas pu être confirmée. Veuillez réessayer.',
    user_verification_missing:
      'La clé d’accès n’a pas vérifié que c’est bien vous. Utilisez votre empreinte, votre visage ou le code de l’appareil lorsqu’il est demandé.',
    challenge_expired: 'Cela a pris trop de temps et la demande a expiré. Veuillez réessayer.',
    already_enrolled:
      'Cette clé est déjà configurée pour votre compte. Veuillez en utiliser une autre.',
    password_too_short: 'Ce mot de passe est trop court. Utilisez au moins 8 caractères.',
    password_too_long: 'Ce mot de passe est trop long.',
    password_too_simple: 'Ce mot de passe est trop facile à deviner. Veuillez en choisir un autre.',
    different_user:
      'Ces informations appartiennent à un autre compte. Veuillez continuer avec celui qui est affiché ici.',
    throttled: 'Trop de tentatives en peu de temps. Patientez un instant et réessayez.',
    busy: 'Nous sommes un peu occupés en ce moment. Veuillez réessayer dans un instant.',
    form_expired: 'Cette page est restée ouverte trop longtemps. Veuillez réessayer.',
    unavailable: 'Ce moyen n’est pas disponible en ce moment. Veuillez en essayer un autre.',
    upstream_denied:
      'L’autre fournisseur n’a pas confirmé que c’est bien vous. Rien n’a été modifié ; vous pouvez réessayer.',
    upstream_unavailable:
      'L’autre fournisseur est injoignable pour le moment. Veuillez réessayer plus tard ou autrement.',
    upstream_failed:
      'La réponse de l’autre fournisseur n’était pas fiable et n’a pas été utilisée. Veuillez essayer autrement.',
    upstream_insufficient:
      'L’autre fournisseur n’a pas confirmé autant qu’il le faut ici. Veuillez essayer autrement.',
    upstream_unlinked:
      'Aucun compte ici ne correspond à cette connexion. Connectez-vous autrement ; vous pourrez ensuite l’associer dans votre compte.',
  },
})

/** Every code. */
export const answerErrors = Object.keys(english) as readonly AnswerError[]

/** Not about what was typed, but about the moment, the browser or somebody else. */
const notTyped: ReadonlySet<AnswerError> = new Set([
  'mail_not_sent',
  'too_many_letters',
  'resend_too_soon',
  'cancelled_by_browser',
  'unsupported_by_browser',
  'unknown_credential',
  'rejected_credential',
  'user_verification_missing',
  'challenge_expired',
  'throttled',
  'busy',
  'form_expired',
  'unavailable',
  'upstream_denied',
  'upstream_unavailable',
  'upstream_failed',
  'upstream_insufficient',
  'upstream_unlinked',
])

/** What an error means for the fields of its page: it is read with them, and marks them where they are what was wrong. */
export function fieldState(error: AnswerError | undefined): {
  readonly invalid: boolean
  readonly explained: boolean
} {
  return { invalid: error !== undefined && !notTyped.has(error), explained: error !== undefined }
}

export function answerErrorText(error: AnswerError, spoken: Spoken): string {
  return words(spoken)[error]
}

/** The code for what an authenticator found wrong. */
export function answerErrorFrom(reason: Reason, method: Method): AnswerError {
  if (method === 'password' && reason === 'wrong') return 'wrong_password'
  const particular = isWebAuthn(method) ? ofWebAuthn : method === 'email-code' ? ofMail : {}
  return particular[reason] ?? ofText[reason]
}

type Reason = VerificationReason | EnrolmentReason

const ofWebAuthn: Readonly<Partial<Record<Reason, AnswerError>>> = {
  wrong: 'rejected_credential',
  malformed: 'rejected_credential',
  replayed: 'challenge_expired',
  expired: 'challenge_expired',
}

const ofMail: Readonly<Partial<Record<Reason, AnswerError>>> = {
  replayed: 'expired_mail_code',
  expired: 'expired_mail_code',
  // The address that it went to is not the account's any more.
  unknown_credential: 'expired_mail_code',
  throttled: 'too_many_letters',
}

const ofText: Readonly<Record<Reason, AnswerError>> = {
  wrong: 'wrong_code',
  malformed: 'malformed',
  replayed: 'replayed_code',
  expired: 'expired_code',
  unknown_credential: 'unknown_credential',
  not_verified: 'user_verification_missing',
  too_short: 'password_too_short',
  too_long: 'password_too_long',
  too_simple: 'password_too_simple',
  busy: 'busy',
  invalid_address: 'invalid_address',
  throttled: 'throttled',
  undeliverable: 'mail_not_sent',
  too_soon: 'resend_too_soon',
}
