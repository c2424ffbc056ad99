import { createHash } from 'node:crypto'
import type { EpochSeconds } from '@newel/policy'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ArtifactStore } from '../store/index.ts'

/** The mark of the last question of a device. */
const model = 'DevicePoll'

/** RFC 8628 §3.2: five seconds where nothing is said; one less, for what is lost by rounding and on the way. */
const shortestInterval = 4

/**
 * RFC 8628 §3.5: a device that waits for its person and asks too often is told to ask less. It is marked in the store, since
 * the next question may reach another node. What has an answer is answered at once.
 */
export function slowDown(
  artifacts: ArtifactStore,
  clock: () => EpochSeconds,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  return async (ctx, next) => {
    await next()
    if (!isPending(ctx.body)) return
    const { device_code: code } = ctx.oidc.params ?? {}
    if (typeof code !== 'string') return
    const now = clock()
    const id = createHash('sha256').update(code).digest('base64url')
    const last = await artifacts.find(model, id, now)
    await artifacts.upsert(model, id, {}, now + shortestInterval)
    if (last === undefined) return
    ctx.body = {
      error: 'slow_down',
      error_description: 'ask every five seconds, and less from now on',
    }
  }
}

function isPending(body: unknown): boolean {
  return (
    typeof body === 'object' &&
    body !== null &&
    'error' in body &&
    body.error === 'authorization_pending'
  )
}
