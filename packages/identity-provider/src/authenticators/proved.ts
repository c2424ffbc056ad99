import type { EpochSeconds, Method } from '@newel/policy'
import type { Credential } from '../store/credential.ts'
import type { CredentialStore } from '../store/credential-store.ts'
import type { ProvedEvent, Verification } from './authenticator.ts'
import { noteUse } from './note-use.ts'

/** What a right answer comes to: its credential was used, and proves the method. */
export async function proved(
  credentials: CredentialStore,
  credential: Credential,
  now: EpochSeconds,
  method: Method,
  properties: ProvedEvent['properties'] = {},
): Promise<Verification> {
  await noteUse(credentials, credential, now)
  return {
    ok: true,
    accountId: credential.accountId,
    credentialId: credential.id,
    event: { method, properties: { credentialId: credential.id, ...properties } },
  }
}
