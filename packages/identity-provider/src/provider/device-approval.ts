import type { EpochSeconds } from '@newel/policy'
import { errors } from 'oidc-provider'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ArtifactStore } from '../store/index.ts'

/** What the library keeps of a device's request, as far as its approval goes. */
interface DeviceCodePayload {
  readonly accountId?: unknown
  readonly error?: unknown
  readonly inFlight?: unknown
}

/** The artifact that the one answer to a device's request uses up. */
const answerModel = 'DeviceAnswer'

/**
 * A device's request is answered once, by one browser. The library reads, then writes: two browsers that confirm or
 * cancel at once would both do so. Before it writes the first answer, that answer is used up in one step.
 *
 * @throws errors.InvalidRequest where another browser was quicker.
 */
export async function answerOnce(
  artifacts: ArtifactStore,
  id: string,
  payload: DeviceCodePayload,
  now: EpochSeconds,
  expiresAt: EpochSeconds | undefined,
): Promise<void> {
  const { accountId, error, inFlight } = payload
  if (accountId === undefined && error === undefined && inFlight !== true) {
    await artifacts.upsert(answerModel, id, {}, expiresAt)
    return
  }
  // What follows on a confirmation is the work of the browser that confirmed.
  const first = inFlight !== true || (accountId === undefined && error === undefined)
  if (!first || (await artifacts.consume(answerModel, id, now))) return
  throw new errors.InvalidRequest('another browser answered for this device')
}

/**
 * The authorization is given when the person approves, not when the device asked: later proofs say nothing of it, those
 * made for it do. The library keeps the time of asking; what is saved is the object at hand.
 */
export function dateApproval(ctx: KoaContextWithOIDC, now: EpochSeconds): void {
  const { DeviceCode } = ctx.oidc.entities
  if (DeviceCode !== undefined) Object.assign(DeviceCode, { iat: now })
}
