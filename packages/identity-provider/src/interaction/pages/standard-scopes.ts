import { wordsIn } from './locale.ts'

/** What the scopes of OpenID Connect mean to a person (OIDC Core §5.4, §11). */
export const standardScopes = wordsIn({
  en: {
    openid: 'Know that it is you',
    profile: 'See your name',
    email: 'See your email address',
    offline_access: 'Stay connected while you are away',
  },
  de: {
    openid: 'Wissen, dass Sie es sind',
    profile: 'Ihren Namen sehen',
    email: 'Ihre E-Mail-Adresse sehen',
    offline_access: 'Verbunden bleiben, während Sie weg sind',
  },
  fr: {
    openid: 'Savoir que c’est bien vous',
    profile: 'Voir votre nom',
    email: 'Voir votre adresse e-mail',
    offline_access: 'Rester connecté en votre absence',
  },
})
