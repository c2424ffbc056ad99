// Writes artifacts and session events without end, and prints the number of each once its promise has resolved.
import { writeSync } from 'node:fs'
import { createSealer, openSqliteStore } from '@newel/identity-provider/store'

const sealer = createSealer(new Uint8Array(32).fill(7))
const store = await openSqliteStore({ path: process.argv[2] ?? '', sealer })
const start = Number(process.argv[3])
for (let number = start; ; number++) {
  await store.artifacts.upsert('RefreshToken', `token-${number}`, { number }, undefined)
  const events = [
    { method: 'password', at: number },
    { method: 'totp', at: number },
  ]
  await store.sessions.append(`session-${number}`, 'sub', events, number)
  // Straight to the pipe: a buffered line would be lost with the process.
  writeSync(1, `${number}\n`)
}
