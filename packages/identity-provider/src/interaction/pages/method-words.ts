import type { Spoken } from './locale.ts'
import { wordsIn } from './locale.ts'
import type { Method } from '@newel/policy'
import { upstreamOf } from '@newel/policy-document'

/** How the pages speak of a method. */
export interface MethodWords {
  /** As a label: "One-time code". */
  readonly name: string
  /** What the person does with it, for a choice: one short line. */
  readonly hint: string
  /** Heading of the page that asks for it. */
  readonly ask: string
}

interface AllMethodWords {
  readonly known: Readonly<Record<KnownMethod, MethodWords>>
  /** For a method that the pages do not know. */
  readonly askOther: (method: string) => string
  readonly upstreamHint: string
  readonly goTo: (upstream: string) => string
}

type KnownMethod =
  | 'password'
  | 'totp'
  | 'passkey'
  | 'security-key'
  | 'recovery-code'
  | 'email-code'
  | 'federated'

const words = wordsIn<AllMethodWords>({
  en: {
    known: {
      password: {
        name: 'Password',
        hint: 'The password of this account',
        ask: 'Enter your password',
      },
      totp: {
        name: 'One-time code',
        hint: 'Six digits from your authenticator app',
        ask: 'Enter your code',
      },
      passkey: {
        name: 'Passkey',
        hint: 'Your fingerprint, face or device PIN',
        ask: 'Confirm with your passkey',
      },
      'security-key': {
        name: 'Security key',
        hint: 'A small key that you plug in or tap',
        ask: 'Confirm with your security key',
      },
      'recovery-code': {
        name: 'Recovery code',
        hint: 'One of the codes that you kept for emergencies',
        ask: 'Enter a recovery code',
      },
      'email-code': {
        name: 'Code by email',
        hint: 'We send a code to your email address',
        ask: 'Enter the code from your email',
      },
      federated: {
        name: 'Another provider',
        hint: 'Sign in where you already have an account',
        ask: 'Sign in with another provider',
      },
    },
    askOther: (method) => `Confirm with ${method}`,
    upstreamHint: 'Sign in with your account there',
    goTo: (upstream) => `Continue with ${upstream}`,
  },
  de: {
    known: {
      password: {
        name: 'Passwort',
        hint: 'Das Passwort dieses Kontos',
        ask: 'Geben Sie Ihr Passwort ein',
      },
      totp: {
        name: 'Einmalcode',
        hint: 'Sechs Ziffern aus Ihrer Authenticator-App',
        ask: 'Geben Sie Ihren Code ein',
      },
      passkey: {
        name: 'Passkey',
        hint: 'Ihr Fingerabdruck, Ihr Gesicht oder die PIN des Geräts',
        ask: 'Bestätigen Sie mit Ihrem Passkey',
      },
      'security-key': {
        name: 'Sicherheitsschlüssel',
        hint: 'Ein kleiner Schlüssel zum Einstecken oder Antippen',
        ask: 'Bestätigen Sie mit Ihrem Sicherheitsschlüssel',
      },
      'recovery-code': {
        name: 'Wiederherstellungscode',
        hint: 'Einer der Codes, die Sie für Notfälle aufbewahren',
        ask: 'Geben Sie einen Wiederherstellungscode ein',
      },
      'email-code': {
        name: 'Code per E-Mail',
        hint: 'Wir senden einen Code an Ihre E-Mail-Adresse',
        ask: 'Geben Sie den Code aus Ihrer E-Mail ein',
      },
      federated: {
        name: 'Anderer Anbieter',
        hint: 'Melden Sie sich dort an, wo Sie schon ein Konto haben',
        ask: 'Melden Sie sich bei einem anderen Anbieter an',
      },
    },
    askOther: (method) => `Bestätigen Sie mit ${method}`,
    upstreamHint: 'Melden Sie sich mit Ihrem Konto dort an',
    goTo: (upstream) => `Weiter mit ${upstream}`,
  },
  fr: {
    known: {
      password: {
        name: 'Mot de passe',
        hint: 'Le mot de passe de ce compte',
        ask: 'Saisissez votre mot de passe',
      },
      totp: {
        name: 'Code à usage unique',
        hint: 'Six chiffres de votre application d’authentification',
        ask: 'Saisissez votre code',
      },
      passkey: {
        name: 'Clé d’accès',
        hint: 'Votre empreinte, votre visage ou le code de l’appareil',
        ask: 'Confirmez avec votre clé d’accès',
      },
      'security-key': {
        name: 'Clé de sécurité',
        hint: 'Une petite clé à brancher ou à approcher',
        ask: 'Confirmez avec votre clé de sécurité',
      },
      'recovery-code': {
        name: 'Code de secours',
        hint: 'L’un des codes que vous gardez pour les urgences',
        ask: 'Saisissez un code de secours',
      },
      'email-code': {
        name: 'Code par e-mail',
        hint: 'Nous envoyons un code à votre adresse e-mail',
        ask: 'Saisissez le code reçu par e-mail',
      },
      federated: {
        name: 'Autre fournisseur',
        hint: 'Connectez-vous là où vous avez déjà un compte',
        ask: 'Connectez-vous avec un autre fournisseur',
      },
    },
    askOther: (method) => `Confirmez avec ${method}`,
    upstreamHint: 'Connectez-vous avec votre compte chez ce fournisseur',
    goTo: (upstream) => `Continuer avec ${upstream}`,
  },
})

/** The words for a method; one that the pages do not know is called by its own name. */
export function methodWords(method: Method, spoken: Spoken): MethodWords {
  const { known, askOther, upstreamHint } = words(spoken)
  const upstream = upstreamNameOf(method, spoken)
  if (upstream !== undefined) {
    return { name: upstream, hint: upstreamHint, ask: askOther(upstream) }
  }
  return isKnown(method, known) ? known[method] : { name: method, hint: '', ask: askOther(method) }
}

/** The method of one upstream is called by the name of that upstream, and that of any where there is one alone. */
function upstreamNameOf(method: Method, { upstreamNames }: Spoken): string | undefined {
  const names = [...(upstreamNames?.values() ?? [])]
  if (method === 'federated' && names.length === 1) return names[0]
  const id = upstreamOf(method)
  return id === undefined ? undefined : (upstreamNames?.get(id) ?? id)
}

/** What the link to an upstream says. */
export function goToLabel(upstream: string, spoken: Spoken): string {
  return words(spoken).goTo(upstream)
}

function isKnown(method: Method, known: AllMethodWords['known']): method is KnownMethod {
  return Object.hasOwn(known, method)
}

/** The methods for which the browser speaks with an authenticator. */
export type WebAuthnMethod = 'passkey' | 'security-key'

export function isWebAuthn(method: Method): method is WebAuthnMethod {
  return method === 'passkey' || method === 'security-key'
}
