import { deviceCodePage } from './device-code-page.ts'
import { deviceConfirmPage } from './device-confirm-page.ts'
import { deviceEndedPage, deviceOutcomes } from './device-ended-page.ts'
import type { Locale } from './locale.ts'
import type { Html } from './markup.ts'
import { frameIn } from './preview-frame.ts'

/** The code of a device without a browser. */
export function devicePreviewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = frameIn(locale)
  const device = {
    providerName: frame.providerName,
    locale,
    action: '/device',
    xsrf: 'token-of-the-library',
  } as const
  return {
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
  }
}
