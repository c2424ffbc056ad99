import type { EpochSeconds } from '@newel/policy'
import { type Adapter, type AdapterPayload, errors } from 'oidc-provider'
import type { ArtifactStore } from '../store/index.ts'
import { answerOnce } from './device-approval.ts'
import { SessionIdEndedError, endSessionId } from './session-rotation.ts'

/** `oidc-provider`'s models over the store: one adapter per model. `isKnownClient` absent: no registered client is. */
export function artifactAdapter(
  artifacts: ArtifactStore,
  clock: () => EpochSeconds,
  isKnownClient: (record: Readonly<Record<string, unknown>>) => boolean = () => false,
): (model: string) => Adapter {
  return (model) => ({
    async upsert(id, payload, expiresIn) {
      const expiresAt = expiresIn ? clock() + expiresIn : undefined
      if (model === 'DeviceCode') await answerOnce(artifacts, id, payload, clock(), expiresAt)
      const written = await artifacts.upsert(model, id, { ...payload }, expiresAt)
      if (!written && model === 'Session') throw new SessionIdEndedError()
    },
    async find(id) {
      const stored = await artifacts.find(model, id, clock())
      if (model === 'Session' && stored?.consumedAt !== undefined) return undefined
      const payload = payloadOf(stored)
      return model === 'Client' && payload !== undefined && !isKnownClient(payload)
        ? undefined
        : payload
    },
    async findByUid(uid) {
      return payloadOf(await artifacts.findByUid(model, uid, clock()))
    },
    async findByUserCode(userCode) {
      return payloadOf(await artifacts.findByUserCode(model, userCode, clock()))
    },
    async consume(id) {
      // Two redemptions at once both found it unused; the store lets one of them through (RFC 6749 §4.1.2).
      if (await artifacts.consume(model, id, clock())) return
      throw new errors.InvalidGrant(`${model} was already used`)
    },
    async destroy(id) {
      if (model === 'Interaction') {
        // It is resumed once: two at once would both get a code for the one proof. With that it expires, in one commit.
        const now = clock()
        if (await artifacts.consume(model, id, now, now)) return
        throw new errors.SessionNotFound('the interaction was resumed already')
      }
      if (model === 'Session') {
        await endSessionId(artifacts, id, clock())
        return
      }
      await artifacts.destroy(model, id)
    },
    async revokeByGrantId(grantId) {
      await artifacts.revokeByGrantId(grantId)
    },
  })
}

function payloadOf(stored: Awaited<ReturnType<ArtifactStore['find']>>): AdapterPayload | undefined {
  if (stored === undefined) return undefined
  const { payload, consumedAt } = stored
  return consumedAt === undefined ? payload : { ...payload, consumed: consumedAt }
}
