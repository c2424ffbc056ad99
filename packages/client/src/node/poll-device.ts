import type { EpochSeconds } from '@newel/policy'
import { ClientError } from '../errors.ts'
import type { NodeHost } from './node-host.ts'
import type { NodeTokens } from './stored-tokens.ts'

/** Seconds to add at `slow_down`. RFC 8628 §3.5. */
const slowDownSeconds = 5
const longestIntervalSeconds = 60

export interface DevicePoll {
  readonly intervalSeconds: number
  /** On this machine's clock. */
  readonly expiresAt: EpochSeconds
  /** Ask the provider once. */
  ask(): Promise<NodeTokens>
}

/**
 * Ask until the person has answered. The first question waits for an interval as well: nobody is done sooner.
 *
 * @throws ClientError `provider_refused` with `expired_token` where the time is over, or what the provider answered
 */
export async function pollDevice(
  host: NodeHost,
  poll: DevicePoll,
  signal?: AbortSignal,
): Promise<NodeTokens> {
  let seconds = poll.intervalSeconds
  for (;;) {
    const left = poll.expiresAt - host.now()
    if (left <= 0) throw timeOver()
    await host.wait(Math.min(seconds, left) * 1000, signal)
    try {
      return await poll.ask()
    } catch (error) {
      signal?.throwIfAborted()
      if (!(error instanceof ClientError)) throw error
      if (error.providerError === 'slow_down') seconds += slowDownSeconds
      // RFC 8628 §3.5: a provider that cannot be reached is asked less and less often.
      else if (error.retryable) seconds = Math.min(longestIntervalSeconds, seconds * 2)
      else if (error.providerError !== 'authorization_pending') {
        // A provider that has forgotten the code by then says `invalid_grant`.
        const forgotten = error.providerError === 'invalid_grant' && host.now() >= poll.expiresAt
        throw forgotten ? timeOver() : error
      }
    }
  }
}

function timeOver(): ClientError {
  return new ClientError('provider_refused', 'the time for the answer is over', {
    providerError: 'expired_token',
  })
}
