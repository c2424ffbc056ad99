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
export type {
  BrowserHost,
  Channel,
  HeardEvents,
  PopupWindow,
  TabStorage,
} from './browser/browser-host.ts'
export type { ClientEvent, ClientEventListener, Purpose } from './browser/client-event.ts'
export { dpop } from './browser/dpop.ts'
export type { DpopOptions } from './browser/dpop.ts'
export type { KeyBinding, KeyBindingFactory } from './browser/key-binding.ts'
export { parkedCalls } from './browser/parked-calls.ts'
export type { ParkedCallsOptions } from './browser/parked-calls.ts'
export type { CallParking, CallParkingFactory, ResumedCall } from './browser/call-parking.ts'
export { sharedTabs } from './browser/shared-tabs.ts'
export type { SharedTabsOptions, TabLocks } from './browser/shared-tabs.ts'
export type {
  AskedElsewhere,
  SharedSession,
  TabContext,
  TabSharing,
  TabSharingFactory,
} from './browser/tab-sharing.ts'
export { dialogPrompt } from './browser/dialog-prompt.ts'
export type { DialogPromptOptions, DialogTexts } from './browser/dialog-prompt.ts'
export type { StepUpPrompt, StepUpQuestion } from './browser/step-up-prompt.ts'
export type { ClientContext } from './browser/client-context.ts'
export type { Tokens } from './browser/tokens.ts'
export { indexedDatabase } from './browser/database.ts'
export type { Database } from './browser/database.ts'
export { ClientError, StepUpError } from './errors.ts'
export type { ClientErrorCode, StepUpErrorCode } from './errors.ts'
export type { RequirementInput } from './requirement.ts'
export { describeToken } from './describe-token.ts'
export type { Session, TokenDescription } from './session.ts'
