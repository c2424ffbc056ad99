import { accountPreviewsIn } from '../../account/pages/account-previews.ts'
import { consentPage } from './consent-page.ts'
import { devicePreviewsIn } from './device-previews.ts'
import { enrolmentPreviewsIn } from './enrolment-previews.ts'
import { errorPage, pageErrors } from './error-page.ts'
import type { Locale } from './locale.ts'
import { loggedOutPage } from './logged-out-page.ts'
import { logoutConfirmPage } from './logout-confirm-page.ts'
import type { Html } from './markup.ts'
import { frameIn } from './preview-frame.ts'
import { sendOnPage } from './send-on-page.ts'
import { signInPreviewsIn } from './sign-in-previews.ts'
import { stepUpPreviewsIn } from './step-up-previews.ts'

/** Every page in every state in one language, by a name fit for a file. Read by the preview and by the tests. */
export function previewsIn(locale: Locale): Readonly<Record<string, Html>> {
  const frame = frameIn(locale)
  return {
    ...signInPreviewsIn(locale),
    ...stepUpPreviewsIn(locale),
    ...enrolmentPreviewsIn(locale),
    consent: consentPage({
      ...frame,
      scopes: [
        { name: 'profile', description: 'See your name and email address' },
        { name: 'accounts:read', description: 'See your accounts and their balances' },
        { name: 'transfers:write' },
      ],
    }),
    ...devicePreviewsIn(locale),
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
      pageErrors.map((error) => [
        `error-${error}`,
        errorPage({ providerName: frame.providerName, locale, error, reference: '7f3k-9q2m' }),
      ]),
    ),
  }
}

/** The same in English. */
export const previews: Readonly<Record<string, Html>> = previewsIn('en')
