import type { EpochSeconds } from '@newel/policy'
import { type RandomBytes, randomId } from '../../secrets/random-bytes.ts'
import type { EmailCredential } from '../../store/credential.ts'

/** An address that was shown to be the person's, to be stored. */
export function emailCredential(
  random: RandomBytes,
  accountId: string,
  address: string,
  now: EpochSeconds,
  label = 'Email address',
): EmailCredential {
  return {
    id: randomId(random),
    accountId,
    method: 'email-code',
    label,
    createdAt: now,
    data: { address },
  }
}
