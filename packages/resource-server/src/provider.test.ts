import { generateKeyPairSync } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { Provider, refreshAfterSeconds } from './provider.ts'

const issuer = 'https://id.example.com'

test('calls that pass while the provider takes its time leave nothing behind', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const { publicKey } = generateKeyPairSync('ed25519')
  const documents: Readonly<Record<string, unknown>> = {
    [`${issuer}/.well-known/openid-configuration`]: { issuer, jwks_uri: `${issuer}/jwks` },
    [`${issuer}/jwks`]: { keys: [publicKey.export({ format: 'jwk' })] },
  }
  let answers = true
  let asked = 0
  const provider = new Provider({
    issuer,
    fetch: async (address) => {
      asked += 1
      return answers ? Response.json(documents[address]) : new Promise(() => {})
    },
    allowInsecure: false,
    order: undefined,
  })
  await provider.load(0)
  answers = false
  asked = 0
  provider.current(refreshAfterSeconds)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  for (let call = 0; call < 200_000; call += 1) {
    expect.assert(provider.current(refreshAfterSeconds) !== undefined)
  }
  collectGarbage()
  const bytesPerCall = (process.memoryUsage().heapUsed - before) / 200_000
  expect(bytesPerCall).toBeLessThan(20)
  expect(asked).toBe(1)
})
