import type { ProviderEvent } from '@newel/identity-provider'
import { agoText, methodText, requirementText } from '../words.ts'
import type { ConversationItem } from './conversation-item.ts'

/**
 * What went on at the provider, between the authorization request and its answer. `wasAsked`: whether the person was
 * asked anything for this request.
 */
export function describeProviderEvent(
  event: ProviderEvent,
  wasAsked: boolean,
): ConversationItem | undefined {
  const said = { from: 'Provider', at: event.at * 1000 } as const
  switch (event.type) {
    case 'step_up_required':
      return {
        ...said,
        kind: 'note',
        title: 'The session does not hold that: something is missing',
        facts: [{ name: 'needs', value: requirementText(event.requirement) }],
      }
    case 'proof_asked':
      return asked(`Asks for ${methodText(event.method)}`)
    case 'proof_accepted':
      return {
        ...said,
        kind: 'proved',
        from: 'Person',
        to: 'Provider',
        title: `Gave ${methodText(event.method)}`,
        facts: [],
      }
    case 'proof_refused':
      return {
        ...said,
        kind: 'refused',
        to: 'Person',
        title: `Did not accept ${methodText(event.method)}`,
        facts: [{ name: 'reason', value: event.reason }],
      }
    case 'method_locked':
      return {
        ...said,
        kind: 'refused',
        to: 'Person',
        title: `Too many wrong answers: ${methodText(event.method)} is locked for a while`,
        facts: [],
      }
    case 'authenticator_enrolled':
      return {
        ...said,
        kind: 'proved',
        from: 'Person',
        to: 'Provider',
        title: `Added ${methodText(event.method)}`,
        facts: [],
      }
    case 'cancelled':
      return {
        ...said,
        kind: 'refused',
        from: 'Person',
        to: 'Provider',
        title: 'Cancelled',
        facts: [],
      }
    case 'unmet':
      return {
        ...said,
        kind: 'refused',
        title: 'Could not reach what was asked',
        facts: [{ name: 'needed', value: requirementText(event.requirement) }],
      }
    case 'authenticated':
      return {
        ...said,
        kind: 'authenticated',
        title: wasAsked ? 'Satisfied' : 'Satisfied by the session, nothing asked',
        facts: [
          { name: 'acr', value: event.acr },
          { name: 'amr', value: event.amr.join(' ') },
          { name: 'auth_time', value: agoText(event.authTime, event.at) },
        ],
      }
    default:
      return undefined
  }

  function asked(title: string): ConversationItem {
    return { ...said, kind: 'asked', to: 'Person', title, facts: [] }
  }
}
