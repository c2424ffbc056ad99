import type { Locale } from './locale.ts'
import type { Html } from './markup.ts'
import { loginPage } from './login-page.ts'
import { createCeremony, frameIn, getCeremony, nobodyIn } from './preview-frame.ts'
import { newPasswordPage, resetCodePage, resetPage } from './reset-pages.ts'
import { signUpCodePage, signUpFirstPage, signUpNamePage, signUpPage } from './sign-up-pages.ts'

const upstreams = [
  { name: 'Example Company', href: '/interaction/example/upstream/company' },
  { name: 'Partner Bank', href: '/interaction/example/upstream/partner' },
]

/** Login, sign-up and a forgotten password. */
export function signInPreviewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = frameIn(locale)
  const nobody = nobodyIn(locale)
  return {
    login: loginPage({ ...nobody, webauthn: getCeremony }),
    'login-upstreams': loginPage({ ...nobody, webauthn: getCeremony, upstreams }),
    'login-upstream-refused': loginPage({ ...nobody, upstreams, error: 'upstream_unlinked' }),
    'login-password-only': loginPage({ ...nobody, username: 'ada@example.com' }),
    'login-error': loginPage({
      ...frame,
      webauthn: getCeremony,
      error: 'wrong_credentials',
      attemptsLeft: 3,
    }),
    'login-after-reset': loginPage({
      ...nobody,
      webauthn: getCeremony,
      resetHref: '/interaction/example/reset',
      notice: 'password_reset',
    }),
    'login-offers': loginPage({
      ...nobody,
      webauthn: getCeremony,
      resetHref: '/interaction/example/reset',
      signUpHref: '/interaction/example/sign-up',
      notice: 'signed_up',
    }),
    'sign-up': signUpPage({
      ...nobody,
      backHref: '/interaction/example',
      error: 'invalid_address',
    }),
    'sign-up-code': signUpCodePage({
      ...nobody,
      backHref: '/interaction/example',
      againHref: '/interaction/example/sign-up?again=1',
    }),
    'sign-up-name': signUpNamePage({
      ...nobody,
      suggested: 'ada@example.com',
      methods: ['password', 'passkey'],
      error: 'username_taken',
    }),
    'sign-up-password': signUpFirstPage({ ...frame, error: 'password_too_short' }),
    'sign-up-passkey': signUpFirstPage({ ...frame, webauthn: createCeremony }),
    reset: resetPage({ ...nobody, backHref: '/interaction/example' }),
    'reset-code': resetCodePage({
      ...nobody,
      backHref: '/interaction/example',
      againHref: '/interaction/example/reset?again=1',
      error: 'wrong_code',
    }),
    'reset-password': newPasswordPage({ ...frame, error: 'password_too_short' }),
  }
}
