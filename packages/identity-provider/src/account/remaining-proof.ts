import type { AuthenticationRecord, EpochSeconds, Requirement } from '@newel/policy'
import type { PolicyDocument } from '@newel/policy-document'
import type { Authenticators } from '../authenticators/index.ts'
import { provenMethods } from '../session/reachable.ts'
import type { Credential } from '../store/index.ts'
import { type ProofInHand, isProvedFresh, requirementForChange } from './fresh-proof.ts'

/** What is left to a person who lost something, and whether it was proved just now. */
export interface RemainingProof {
  /** The strongest level that is left. Absent: nothing is that could be proved. */
  readonly requirement?: Requirement
  readonly isProved: boolean
}

/**
 * Without the mailbox: neither a mailed code, nor a password that was set after one. Together with the code that is asked
 * beside this proof either would be the mailbox alone.
 */
export function remainingProof(
  person: {
    readonly document: PolicyDocument
    readonly authenticators: Authenticators
    readonly credentials: readonly Credential[]
    readonly record: AuthenticationRecord
    readonly now: EpochSeconds
  },
  lost: readonly string[],
): RemainingProof {
  const { document, authenticators, credentials, now } = person
  const left = credentials.filter(
    (credential) => !lost.includes(credential.id) && !isOfMailbox(credential),
  )
  const ids = new Set(left.map(({ id }) => id))
  const hand: ProofInHand = {
    levels: document.levels,
    // An event that names no credential may have been made with what is left out.
    record: person.record.filter(({ properties }) => ids.has(String(properties?.['credentialId']))),
    enrolled: provenMethods(document, authenticators, left),
    now,
  }
  const requirement = requirementForChange(hand)
  return requirement === undefined
    ? { isProved: false }
    : { requirement, isProved: isProvedFresh(hand, requirement) }
}

function isOfMailbox(credential: Credential): boolean {
  return (
    credential.method === 'email-code' ||
    (credential.method === 'password' && credential.data.setByMail === true)
  )
}
