import { createAuthenticators, createPeople } from '@newel/identity-provider'
import type { People, RandomBytes } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import type { OpenData } from './open-data.ts'

/** The people of a provider, running or not. */
export function peopleOf(
  document: PolicyDocument,
  { store, sealer }: OpenData,
  { clock, random }: { readonly clock: () => number; readonly random: RandomBytes },
): People {
  const { hostname, host, origin } = new URL(document.issuer)
  const authenticators = createAuthenticators({
    store,
    sealer,
    random,
    rpId: hostname,
    origins: [origin],
    rpName: document.name ?? host,
  })
  return createPeople({ store, authenticators, random, clock })
}
