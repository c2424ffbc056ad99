// Competes with other processes on one store: waits for a line on standard input, takes every one of `count` steps, and
// prints as JSON what it won.
import { once } from 'node:events'
import { createSealer, openSqliteStore } from '@newel/identity-provider/store'

const [path = '', count = '0'] = process.argv.slice(2)
const sealer = createSealer(new Uint8Array(32).fill(7))
const store = await openSqliteStore({ path, sealer })
const limit = { windowSeconds: 60, attempts: 1_000_000, lockSeconds: 60 }

process.stdout.write('ready\n')
await once(process.stdin, 'data')

const consumed: number[] = []
const accepted: number[] = []
for (let index = 0; index < Number(count); index++) {
  if (await store.artifacts.consume('AuthorizationCode', `code-${index}`, 1)) consumed.push(index)
  if (await store.credentials.acceptTotpStep('totp-1', index)) accepted.push(index)
  await store.attempts.fail('key', 1, limit)
  // Lets the other processes in between.
  await new Promise(setImmediate)
}
await store.close()
process.stdout.write(JSON.stringify({ consumed, accepted }))
process.exit(0)
