import type { EpochSeconds } from '@newel/policy'
import type { Credential } from '../store/credential.ts'
import type { CredentialStore } from '../store/credential-store.ts'

/** People read it in days; to the minute is exact enough and saves a commit at most proofs. */
const exactSeconds = 60

export async function noteUse(
  credentials: CredentialStore,
  credential: Credential,
  now: EpochSeconds,
): Promise<void> {
  const { lastUsedAt, method } = credential
  // A use of what was reported as lost stops its removal, so each is noted.
  const mayBeLost = method === 'totp' || method === 'webauthn'
  if (!mayBeLost && lastUsedAt !== undefined && now - lastUsedAt < exactSeconds) return
  await credentials.touch(credential.id, now)
}
