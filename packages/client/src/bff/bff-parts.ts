import type { BffSettings } from './options.ts'
import type { ParkedCalls } from './parked-calls.ts'
import type { ParkedForms } from './parked-forms.ts'
import type { Provider } from './provider.ts'
import type { Sessions } from './sessions.ts'
import type { StepUpRequests } from './step-up-requests.ts'
import type { UsableTokens } from './usable-tokens.ts'

/** What the routes of one backend work with. */
export interface BffParts {
  readonly settings: BffSettings
  readonly provider: Provider
  readonly sessions: Sessions
  readonly tokens: UsableTokens
  readonly requests: StepUpRequests
  readonly parked: ParkedCalls
  readonly forms: ParkedForms
}
