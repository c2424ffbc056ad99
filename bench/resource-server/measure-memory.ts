import { setImmediate } from 'node:timers/promises'
import { createResourceServer } from '@newel/resource-server'
import { startLocalProvider } from './local-provider.ts'
import { audience, createSigner } from './tokens.ts'

/** Resident memory, in megabytes, after each tenth of `count` distinct valid tokens has passed one guard. */
export async function measureMemory(count: number): Promise<readonly number[]> {
  const signer = createSigner('EdDSA')
  const provider = await startLocalProvider([signer.jwk])
  const { issuer } = provider
  const api = await createResourceServer({ issuer, audience, allowInsecureIssuer: true })
  const guard = api.require({ acr: 'mfa' })
  const resident: number[] = []
  for (let tenth = 0; tenth < 10; tenth += 1) {
    for (let passed = 0; passed < count / 10; passed += 100) {
      for (const token of signer.sign(issuer, 'mfa', 100)) {
        const outcome = await guard.judge({ authorization: `Bearer ${token}` }, undefined)
        if (outcome.outcome !== 'allowed') throw new Error(outcome.reason)
      }
      // A server has turns of the event loop between its requests, in which keys are fetched again.
      await setImmediate()
    }
    globalThis.gc?.()
    resident.push(process.memoryUsage.rss() / 2 ** 20)
  }
  provider.close()
  return resident
}
