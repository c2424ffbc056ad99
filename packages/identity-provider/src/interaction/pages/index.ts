export { answerErrorFrom } from './answer-error.ts'
export type { AnswerError } from './answer-error.ts'
export { chooseMethodPage } from './choose-method-page.ts'

export { consentPage } from './consent-page.ts'
export type { ConsentScope } from './consent-page.ts'
export { deviceCodePage } from './device-code-page.ts'
export { deviceConfirmPage } from './device-confirm-page.ts'
export { deviceEndedPage } from './device-ended-page.ts'
export { enrolPage } from './enrol-page.ts'

export { enrolledPage } from './enrolled-page.ts'
export { recoveryCodesPage } from './recovery-codes-page.ts'

export { errorPage } from './error-page.ts'
export type { PageError } from './error-page.ts'
export { localeOf, locales, wordsIn } from './locale.ts'
export type { Locale } from './locale.ts'
export { lockedPage } from './locked-page.ts'

export { loggedOutPage } from './logged-out-page.ts'

export { loginPage } from './login-page.ts'

export { logoutConfirmPage } from './logout-confirm-page.ts'

export type { Html } from './markup.ts'
export type { InteractionFrame, PageBrand, PageFrame } from './page-frame.ts'
export { sendOnPage } from './send-on-page.ts'
export { standardScopes } from './standard-scopes.ts'
export { newPasswordPage, resetCodePage, resetPage } from './reset-pages.ts'
export { signUpCodePage, signUpFirstPage, signUpNamePage, signUpPage } from './sign-up-pages.ts'
export { stepUpPage } from './step-up-page.ts'
export type { PageRequirement } from './step-up-page.ts'
export type { UpstreamLink } from './upstream-links.ts'
export { unreachablePage } from './unreachable-page.ts'
