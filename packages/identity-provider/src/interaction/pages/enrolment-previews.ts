import { renderSVG } from 'uqr'
import { enrolPage } from './enrol-page.ts'
import { enrolledPage } from './enrolled-page.ts'
import type { Locale } from './locale.ts'
import type { Html } from './markup.ts'
import { chooseAction, createCeremony, frameIn } from './preview-frame.ts'
import { recoveryCodesPage } from './recovery-codes-page.ts'

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

/** Setting up what a step-up lacks. */
export function enrolmentPreviewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = frameIn(locale)
  return {
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
  }
}
