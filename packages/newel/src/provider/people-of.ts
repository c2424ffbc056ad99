import { createAuthenticators, createPeople } from '@newel/identity-provider'
import type { Mailer, People, ProviderLogger, RandomBytes } from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import type { OpenData } from './open-data.ts'

/** The people of a provider, running or not. With a `mailer` they are told what is done to their accounts. */
export function peopleOf(
  document: PolicyDocument,
  { store, sealer }: OpenData,
  around: {
    readonly clock: () => number
    readonly random: RandomBytes
    readonly mailer?: Mailer
    readonly logger?: Pick<ProviderLogger, 'warn'>
  },
): People {
  const { clock, random, mailer, logger } = around
  const { hostname, host, origin } = new URL(document.issuer)
  const providerName = document.name ?? host
  const { language } = document
  const authenticators = createAuthenticators({
    store,
    sealer,
    random,
    rpId: hostname,
    origins: [origin],
    rpName: providerName,
  })
  return createPeople({
    store,
    authenticators,
    random,
    clock,
    ...(mailer && { mail: { mailer, providerName, language, logger } }),
  })
}
