import type { Locale } from './locale.ts'

/** What the previews have in common: somebody at the provider, sent by an app. Development only. */
export const frameIn = (locale: Locale) =>
  ({
    locale,
    providerName: 'Northgate ID',
    clientName: 'Northgate Bank',
    username: 'ada@example.com',
    csrfToken: 'csrf-of-this-browser',
    action: '/interaction/example/answer',
    cancelAction: '/interaction/example/cancel',
  }) as const

/** The same, before anybody said who they are. */
export function nobodyIn(locale: Locale) {
  const { username: _, ...nobody } = frameIn(locale)
  return nobody
}

export const chooseAction = '/interaction/example/choose'
export const enrolAction = '/interaction/example/enrol'

export const mfa = { levelName: 'mfa', purpose: 'before you change payment details' } as const
export const strong = {
  levelName: 'phishing-resistant',
  purpose: 'before it opens the admin dashboard',
} as const

export const getCeremony = {
  options: {
    challenge: 'bm90LWEtcmVhbC1jaGFsbGVuZ2U',
    rpId: 'localhost',
    timeout: 60_000,
    userVerification: 'required',
    allowCredentials: [],
  },
}
export const createCeremony = {
  options: {
    challenge: 'bm90LWEtcmVhbC1jaGFsbGVuZ2U',
    rp: { id: 'localhost', name: 'Northgate ID' },
    user: { id: 'YWRh', name: 'ada@example.com', displayName: 'ada@example.com' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  },
}

export const now = Date.UTC(2026, 10, 24, 6, 6, 50) / 1000
