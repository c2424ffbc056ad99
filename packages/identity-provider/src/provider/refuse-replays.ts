import { createHash } from 'node:crypto'
import type { EpochSeconds } from '@newel/policy'
import type { Provider } from 'oidc-provider'
import type { ArtifactStore } from '../store/index.ts'

/**
 * The library looks for an identifier of a signed proof (`jti`) and then writes it; two nodes that look at once would both
 * find nothing. The store lets one caller through, whichever node asks. RFC 7523 §3, RFC 9449 §11.1.
 */
export function refuseReplays(
  provider: Provider,
  artifacts: ArtifactStore,
  clock: () => EpochSeconds,
): void {
  provider.ReplayDetection.unique = async (issuer, jti, expiresAt) => {
    const key = JSON.stringify([issuer, jti])
    const id = createHash('sha256').update(key).digest('base64url')
    const now = clock()
    // A client's clock may be behind: the mark outlives what the library still takes.
    await artifacts.upsert('ReplayDetection', id, { iss: issuer }, Math.max(expiresAt, now) + 60)
    return artifacts.consume('ReplayDetection', id, now)
  }
}
