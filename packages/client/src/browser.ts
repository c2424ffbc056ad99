export { createBrowserClient } from './browser/browser-client.ts'
export type {
  BrowserClient,
  LoginOptions,
  LogoutOptions,
  RestoreOptions,
  StepUpOptions,
} from './browser/browser-client.ts'
export { completePopup } from './browser/callback.ts'
export type { CallbackResult } from './browser/callback.ts'
export type { BrowserClientOptions, StepUpMode } from './browser/options.ts'
export type { BrowserHost, Channel, PopupWindow, TabStorage } from './browser/browser-host.ts'
export type {
  ClientEvent,
  ClientEventListener,
  Purpose,
  TokensDescription,
} from './browser/client-event.ts'
export { ClientError, StepUpError } from './errors.ts'
export type { ClientErrorCode, StepUpErrorCode } from './errors.ts'
export type { RequirementInput } from './requirement.ts'
export { describeToken } from './describe-token.ts'
export type { Session, TokenDescription } from './session.ts'
