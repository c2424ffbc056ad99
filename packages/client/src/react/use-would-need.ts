import { useSyncExternalStore } from 'react'
import type { RequirementInput } from '../requirement.ts'
import { useClientState } from './client-context.ts'

/**
 * Whether an action with this requirement would be challenged now. The component is drawn anew in the second in which
 * that changes: by a step-up, or because a level decays or a proof grows too old. `true` on the server, and while nobody is
 * logged in. The API decides.
 *
 * @throws ClientError `configuration` where the requirement asks for nothing, or states an impossible age
 */
export function useWouldNeed(requirement: RequirementInput): boolean {
  const { client, subscribeDecay } = useClientState()
  return useSyncExternalStore(
    subscribeDecay,
    () => client.wouldNeed(requirement),
    () => true,
  )
}
