import { answerErrors } from './answer-error.ts'
import { chooseMethodPage } from './choose-method-page.ts'
import { lockedPage } from './locked-page.ts'
import type { Locale } from './locale.ts'
import type { Html } from './markup.ts'
import {
  chooseAction,
  enrolAction,
  frameIn,
  getCeremony,
  mfa,
  now,
  strong,
} from './preview-frame.ts'
import { stepUpPage } from './step-up-page.ts'
import { unreachablePage } from './unreachable-page.ts'

/** What is asked of somebody who is signed in, with every way in which it fails. */
export function stepUpPreviewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = frameIn(locale)
  const totpStepUp = {
    ...frame,
    method: 'totp',
    requirement: mfa,
    proofs: { given: ['password'], missing: ['totp'] },
    otherMethods: ['passkey'],
    chooseAction,
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
  const upstreamStepUp = {
    ...totpStepUp,
    method: 'federated:company/mfa',
    upstreamNames: new Map([['company', 'Example Company']]),
    upstreams: [{ name: 'Example Company', href: '/interaction/example/upstream/company' }],
    proofs: { given: [], missing: ['federated:company/mfa'] },
    otherMethods: ['totp'],
  } as const

  return {
    'step-up-upstream': stepUpPage(upstreamStepUp),
    'step-up-upstream-insufficient': stepUpPage({
      ...upstreamStepUp,
      error: 'upstream_insufficient',
    }),
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
    ...Object.fromEntries(
      answerErrors.map((error) => [`answer-${error}`, stepUpPage({ ...totpStepUp, error })]),
    ),
  }
}
