import { randomBytes } from 'node:crypto'
import { createIdentityProvider } from '@newel/identity-provider'
import type {
  IdentityProvider,
  ObserveProvider,
  People,
  ProviderLogger,
  ProviderMetrics,
  RandomBytes,
  Store,
} from '@newel/identity-provider'
import type { PolicyDocument } from '@newel/policy-document'
import { addressOf, portOf } from './listen-address.ts'
import { mailerOf } from './mailer-of.ts'
import { openData } from './open-data.ts'
import type { DataPlace } from './open-data.ts'
import { peopleOf } from './people-of.ts'

export interface StartOptions {
  readonly document: PolicyDocument
  readonly data: DataPlace
  /** Secrets of confidential clients, by client id; see {@link resolveClientSecrets}. Absent: none. */
  readonly clientSecrets?: ReadonlyMap<string, string>
  /** Secrets at upstream providers, by upstream id; see {@link resolveUpstreamSecrets}. Absent: none. */
  readonly upstreamSecrets?: ReadonlyMap<string, string>
  /** Of the mail server's user name; see {@link resolveMailPassword}. Absent: it asks for none. */
  readonly mailPassword?: string
  /** Of whoever registers clients; see {@link resolveRegistrationToken}. Absent: an error where the document lets them. */
  readonly registrationToken?: string
  /** The file of `branding.logo`, as `IdentityProviderOptions` has it. Absent: the pages show their own mark. */
  readonly logo?: Uint8Array
  /** Absent: that of the issuer. `0`: any that is free. */
  readonly port?: number
  /** Name or address to listen on. Absent: `localhost`, for this machine alone. */
  readonly host?: string
  /** Addresses or networks of the proxies in front, as `IdentityProviderOptions` has them. Absent: none. */
  readonly trustedProxies?: readonly string[]
  /** Absent: nothing is logged. */
  readonly logger?: ProviderLogger
  /** Is told what happens, for audit and for whoever watches. */
  readonly observe?: ObserveProvider
  /** Counts and times what happens. Absent: nothing is counted. */
  readonly metrics?: ProviderMetrics
  /** Seconds since 1970. Default: the system clock. */
  readonly clock?: () => number
  /** Default: the system's cryptographic randomness. */
  readonly random?: RandomBytes
}

export interface StartedIdentityProvider {
  readonly provider: IdentityProvider
  readonly store: Store
  readonly people: People
  /** Where it listens, such as `http://localhost:4000`; the issuer may be another where a proxy stands in front. */
  readonly address: string
  /** Serves a document that was changed, from the next request on. @throws IdentityProviderError */
  reload(
    changed: Pick<
      StartOptions,
      | 'document'
      | 'clientSecrets'
      | 'upstreamSecrets'
      | 'mailPassword'
      | 'registrationToken'
      | 'logo'
    >,
  ): Promise<void>
  /** Lets requests under way finish, then closes the store. Closing twice is harmless. */
  close(): Promise<void>
}

/** The whole provider of one document, listening. @throws IdentityProviderError, StoreError, SecretError */
export async function startIdentityProvider(
  options: StartOptions,
): Promise<StartedIdentityProvider> {
  const { document, logger, host = 'localhost', port = portOf(document.issuer) } = options
  const clock = options.clock ?? ((): number => Math.floor(Date.now() / 1000))
  const random = options.random ?? ((size: number): Uint8Array => randomBytes(size))
  const data = await openData(options.data, {
    random,
    ...(logger && { warn: (facts, message) => logger.warn(facts, message) }),
  })
  let provider: IdentityProvider | undefined
  let listening: { readonly port: number }
  try {
    provider = await createIdentityProvider({
      document,
      ...data,
      clock,
      random,
      ...(options.clientSecrets && { clientSecrets: options.clientSecrets }),
      ...(options.upstreamSecrets && { upstreamSecrets: options.upstreamSecrets }),
      ...(options.registrationToken !== undefined && {
        registrationToken: options.registrationToken,
      }),
      ...mailerOf(options),
      ...(options.logo && { logo: options.logo }),
      ...(options.trustedProxies && { trustedProxies: options.trustedProxies }),
      ...(logger && { logger }),
      ...(options.observe && { observe: options.observe }),
      ...(options.metrics && { metrics: options.metrics }),
    })
    listening = await provider.listen({ port, host })
  } catch (error) {
    await provider?.close()
    await data.store.close()
    throw error
  }
  const started = provider
  const people = peopleOf(document, data, {
    clock,
    random,
    ...mailerOf(options),
    ...(logger && { logger }),
  })
  return {
    provider: started,
    store: data.store,
    people,
    address: addressOf(listening.port, host),
    async reload(changed) {
      await started.reload({
        document: changed.document,
        ...(changed.clientSecrets && { clientSecrets: changed.clientSecrets }),
        ...(changed.upstreamSecrets && { upstreamSecrets: changed.upstreamSecrets }),
        ...(changed.registrationToken !== undefined && {
          registrationToken: changed.registrationToken,
        }),
        ...mailerOf({ ...options, ...changed }),
        ...(changed.logo && { logo: changed.logo }),
      })
    },
    async close() {
      await people.close()
      await started.close()
      await data.store.close()
    },
  }
}
