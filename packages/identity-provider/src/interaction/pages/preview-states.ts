import type { Locale } from './locale.ts'
import { renderSVG } from 'uqr'
import { accountPreviewsIn } from '../../account/pages/account-previews.ts'
import { answerErrors } from './answer-error.ts'
import { chooseMethodPage } from './choose-method-page.ts'
import { consentPage } from './consent-page.ts'
import { deviceCodePage } from './device-code-page.ts'
import { deviceConfirmPage } from './device-confirm-page.ts'
import { deviceEndedPage, deviceOutcomes } from './device-ended-page.ts'
import { enrolPage } from './enrol-page.ts'
import { enrolledPage } from './enrolled-page.ts'
import { errorPage, pageErrors } from './error-page.ts'
import { lockedPage } from './locked-page.ts'
import { loggedOutPage } from './logged-out-page.ts'
import { loginPage } from './login-page.ts'
import { logoutConfirmPage } from './logout-confirm-page.ts'
import type { Html } from './markup.ts'
import { recoveryCodesPage } from './recovery-codes-page.ts'
import { sendOnPage } from './send-on-page.ts'
import { newPasswordPage, resetCodePage, resetPage } from './reset-pages.ts'
import { signUpCodePage, signUpFirstPage, signUpNamePage, signUpPage } from './sign-up-pages.ts'
import { stepUpPage } from './step-up-page.ts'
import { unreachablePage } from './unreachable-page.ts'

const northgate = {
  providerName: 'Northgate ID',
  clientName: 'Northgate Bank',
  username: 'ada@example.com',
  csrfToken: 'csrf-of-this-browser',
  action: '/interaction/example/answer',
  cancelAction: '/interaction/example/cancel',
} as const
const chooseAction = '/interaction/example/choose'
const enrolAction = '/interaction/example/enrol'

const mfa = { levelName: 'mfa', purpose: 'before you change payment details' } as const
const strong = {
  levelName: 'phishing-resistant',
  purpose: 'before it opens the admin dashboard',
} as const

const getCeremony = {
  options: {
    challenge: 'bm90LWEtcmVhbC1jaGFsbGVuZ2U',
    rpId: 'localhost',
    timeout: 60_000,
    userVerification: 'required',
    allowCredentials: [],
  },
}
const createCeremony = {
  options: {
    challenge: 'bm90LWEtcmVhbC1jaGFsbGVuZ2U',
    rp: { id: 'localhost', name: 'Northgate ID' },
    user: { id: 'YWRh', name: 'ada@example.com', displayName: 'ada@example.com' },
    pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
  },
}

const recoveryCodes = [
  '7K2M-9QXD-4T0B-HW8C',
  'A1NV-03ZR-P6YE-5GJS',
  'M8FT-2CKW-D9H4-XB7Q',
  '0RJE-V5NA-6SGY-1ZPT',
  'W3XH-8BQK-7MCD-F2T9',
  'E6ZP-4GVJ-R0NS-Y5A1',
  'C9TB-1WDM-K8XF-3HQ7',
  'S2YN-5PRE-0AJV-G6Z4',
  'H7QX-6FKC-B3TW-9D8M',
  'N4GA-Z0SJ-5VYP-E1R2',
]
const key = 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP'
const otpauthUri = `otpauth://totp/Northgate%20ID:ada%40example.com?secret=${key}&issuer=Northgate%20ID`
const now = Date.UTC(2026, 10, 24, 6, 6, 50) / 1000

/** Every page in every state in one language, by a name fit for a file. Read by the preview and by the tests. */
export function previewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = { ...northgate, locale } as const
  const { username: _, ...nobody } = frame
  const totpStepUp = {
    ...frame,
    method: 'totp',
    requirement: mfa,
    proofs: { given: ['password'], missing: ['totp'] },
    otherMethods: ['passkey'],
    chooseAction,
  } as const

  const device = {
    providerName: frame.providerName,
    locale,
    action: '/device',
    xsrf: 'token-of-the-library',
  } as const

  const mailed = {
    to: 'a•••@example.com',
    sent: true,
    resendAction: '/interaction/example/resend',
  } as const
  const mailStepUp = {
    ...totpStepUp,
    method: 'email-code',
    proofs: { given: ['password'], missing: ['email-code'] },
  } as const

  const upstreams = [
    { name: 'Example Company', href: '/interaction/example/upstream/company' },
    { name: 'Partner Bank', href: '/interaction/example/upstream/partner' },
  ]
  const upstreamStepUp = {
    ...totpStepUp,
    method: 'federated:company/mfa',
    upstreamNames: new Map([['company', 'Example Company']]),
    upstreams: upstreams.slice(0, 1),
    proofs: { given: [], missing: ['federated:company/mfa'] },
    otherMethods: ['totp'],
  } as const

  return {
    login: loginPage({ ...nobody, webauthn: getCeremony }),
    'login-upstreams': loginPage({ ...nobody, webauthn: getCeremony, upstreams }),
    'login-upstream-refused': loginPage({ ...nobody, upstreams, error: 'upstream_unlinked' }),
    'step-up-upstream': stepUpPage(upstreamStepUp),
    'step-up-upstream-insufficient': stepUpPage({
      ...upstreamStepUp,
      error: 'upstream_insufficient',
    }),
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
    'step-up-password': stepUpPage({
      ...frame,
      method: 'password',
      requirement: { ...mfa, reason: 'expired' },
      proofs: { given: [], missing: ['password', 'totp'] },
      otherMethods: [],
    }),
    'step-up-totp': stepUpPage(totpStepUp),
    'step-up-totp-losable': stepUpPage({ ...totpStepUp, lostHref: '/account/lost' }),
    'step-up-totp-error': stepUpPage({ ...totpStepUp, error: 'wrong_code', attemptsLeft: 1 }),
    'step-up-three-proofs': stepUpPage({
      ...totpStepUp,
      method: 'email-code',
      mailed,
      proofs: { given: ['password'], missing: ['email-code', 'security-key'] },
    }),
    'step-up-passkey': stepUpPage({
      ...frame,
      method: 'passkey',
      requirement: strong,
      otherMethods: ['password', 'security-key'],
      chooseAction,
      webauthn: getCeremony,
    }),
    'step-up-passkey-error': stepUpPage({
      ...frame,
      method: 'passkey',
      requirement: strong,
      otherMethods: ['security-key'],
      chooseAction,
      webauthn: getCeremony,
      error: 'user_verification_missing',
    }),
    'step-up-security-key': stepUpPage({
      ...frame,
      method: 'security-key',
      requirement: strong,
      proofs: { given: ['password'], missing: ['security-key'] },
      otherMethods: [],
      webauthn: getCeremony,
    }),
    'step-up-recovery-code': stepUpPage({
      ...totpStepUp,
      method: 'recovery-code',
      proofs: { given: ['password'], missing: ['recovery-code'] },
    }),
    'step-up-email-code': stepUpPage({ ...mailStepUp, mailed }),
    'step-up-email-code-error': stepUpPage({
      ...mailStepUp,
      mailed,
      error: 'expired_mail_code',
    }),
    'step-up-email-code-not-sent': stepUpPage({
      ...mailStepUp,
      mailed: { ...mailed, sent: false },
      error: 'mail_not_sent',
    }),
    'step-up-long-names': stepUpPage({
      ...totpStepUp,
      clientName:
        'The International Cooperative Savings and Loan Association of Upper Llanfairpwllgwyngyll',
      username:
        'maximiliane.von.und.zu.hohenstein-wittgenstein@subsidiary.international.example.com',
    }),
    choose: chooseMethodPage({
      ...frame,
      requirement: mfa,
      methods: ['passkey', 'totp', 'recovery-code'],
      locked: [],
      now,
    }),
    'choose-locked-and-enrol': chooseMethodPage({
      ...frame,
      requirement: mfa,
      methods: ['security-key'],
      locked: [{ method: 'totp', until: now + 840 }],
      now,
      enrolOffer: { action: enrolAction, methods: ['passkey'] },
    }),
    'choose-nothing': chooseMethodPage({
      ...frame,
      requirement: mfa,
      methods: [],
      locked: [],
      now,
    }),
    enrol: enrolPage({
      ...frame,
      step: 'choose',
      methods: ['passkey', 'totp', 'security-key'],
    }),
    'enrol-totp': enrolPage({
      ...frame,
      step: 'totp',
      qrSvg: renderSVG(otpauthUri),
      key,
      otpauthUri,
      chooseAction,
    }),
    'enrol-totp-error': enrolPage({
      ...frame,
      step: 'totp',
      qrSvg: renderSVG(otpauthUri),
      key,
      error: 'wrong_code',
      chooseAction,
    }),
    'enrol-passkey': enrolPage({
      ...frame,
      step: 'webauthn',
      method: 'passkey',
      webauthn: createCeremony,
      chooseAction,
    }),
    'enrol-security-key-error': enrolPage({
      ...frame,
      step: 'webauthn',
      method: 'security-key',
      webauthn: createCeremony,
      error: 'rejected_credential',
    }),
    'enrol-email-address': enrolPage({
      ...frame,
      step: 'email-address',
      suggested: 'ada@example.com',
      chooseAction,
    }),
    'enrol-email-address-error': enrolPage({
      ...frame,
      step: 'email-address',
      suggested: '',
      error: 'invalid_address',
    }),
    'enrol-email-code': enrolPage({ ...frame, step: 'email-code', address: 'ada@example.com' }),
    'enrol-email-code-error': enrolPage({
      ...frame,
      step: 'email-code',
      address: 'ada@example.com',
      error: 'wrong_code',
    }),
    'recovery-codes': recoveryCodesPage({ ...frame, codes: recoveryCodes, set: 'c2V0' }),
    enrolled: enrolledPage({ ...frame, method: 'totp', continues: false }),
    'enrolled-continues': enrolledPage({ ...frame, method: 'passkey', continues: true }),
    locked: lockedPage({
      ...frame,
      method: 'totp',
      lockedUntil: now + 900,
      now,
      otherMethods: ['passkey', 'security-key'],
    }),
    'locked-alone': lockedPage({
      ...frame,
      method: 'password',
      lockedUntil: now + 30,
      now,
      otherMethods: [],
    }),
    unreachable: unreachablePage({
      ...frame,
      requirement: strong,
      alternatives: [['passkey'], ['password', 'security-key']],
      enrolOffer: { action: enrolAction, methods: ['passkey', 'security-key'] },
    }),
    'unreachable-no-enrolment': unreachablePage({
      ...frame,
      requirement: strong,
      alternatives: [['passkey'], ['password', 'security-key']],
    }),
    consent: consentPage({
      ...frame,
      scopes: [
        { name: 'profile', description: 'See your name and email address' },
        { name: 'accounts:read', description: 'See your accounts and their balances' },
        { name: 'transfers:write' },
      ],
    }),
    'device-code': deviceCodePage({ ...device, userCode: 'WDJB-MJHT' }),
    'device-code-unknown': deviceCodePage({ ...device, userCode: 'WDJB', error: 'unknown' }),
    'device-code-missing': deviceCodePage({ ...device, error: 'missing' }),
    'device-code-too-many': deviceCodePage({ ...device, error: 'too_many' }),
    'device-confirm': deviceConfirmPage({
      ...device,
      clientName: frame.clientName,
      username: frame.username,
      userCode: 'WDJB-MJHT',
      scopes: [{ name: 'accounts:read', description: 'See your accounts and their balances' }],
      asksProof: true,
    }),
    ...Object.fromEntries(
      deviceOutcomes.map((outcome) => [
        `device-${outcome}`,
        deviceEndedPage({ providerName: frame.providerName, locale, outcome }),
      ]),
    ),
    logout: logoutConfirmPage({
      ...frame,
      form: {
        id: 'op.logoutForm',
        markup:
          '<form id="op.logoutForm" method="post" action="/session/end/confirm"><input type="hidden" name="xsrf" value="token-of-the-library"/></form>',
      },
    }),
    'logged-out': loggedOutPage({
      providerName: frame.providerName,
      locale,
      back: { href: 'https://bank.example.com/', label: 'Back to Northgate Bank' },
    }),
    'send-on': sendOnPage({
      ...frame,
      action: '/callback',
      fields: '<input type="hidden" name="code" value="a-code-that-is-used-once"/>',
    }),
    ...accountPreviewsIn(locale),
    ...Object.fromEntries(
      answerErrors.map((error) => [`answer-${error}`, stepUpPage({ ...totpStepUp, error })]),
    ),
    ...Object.fromEntries(
      pageErrors.map((error) => [
        `error-${error}`,
        errorPage({ providerName: frame.providerName, locale, error, reference: '7f3k-9q2m' }),
      ]),
    ),
  }
}

/** The same in English. */
export const previews: Readonly<Record<string, Html>> = previewsIn('en')
