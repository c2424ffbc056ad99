import { parseOptions } from '@node-rs/argon2'
import type { RandomBytes } from '../../secrets/random-bytes.ts'
import { onHashThread } from './hash-threads.ts'

/** argon2id with the OWASP minimum: 19 MiB, two passes, one lane. The library's default algorithm is argon2id. */
const parameters = { memoryCost: 19_456, timeCost: 2, parallelism: 1, outputLen: 32 }

/** Computed on a thread of its own, never on the event loop. The salt comes from `random`. */
export async function hashPassword(password: Uint8Array, random: RandomBytes): Promise<string> {
  const options = { ...parameters, salt: random(16) }
  return String(await onHashThread({ kind: 'hash', password, options }))
}

export async function matchesPassword(phc: string, password: Uint8Array): Promise<boolean> {
  return (await onHashThread({ kind: 'verify', phc, password })) === true
}

/** Whether the hash was made with other parameters than today's. */
export function needsRehash(phc: string): boolean {
  const used = parseOptions(phc)
  return (
    !phc.startsWith('$argon2id$v=19$') ||
    used.memoryCost !== parameters.memoryCost ||
    used.timeCost !== parameters.timeCost ||
    used.parallelism !== parameters.parallelism ||
    used.outputLen !== parameters.outputLen
  )
}

/** A well-formed hash that no password is known for: comparing with it costs what comparing with a real one costs. */
export function dummyHash(random: RandomBytes): string {
  const { memoryCost, timeCost, parallelism, outputLen } = parameters
  const [salt, sum] = [random(16), random(outputLen)].map((bytes) =>
    Buffer.from(bytes).toString('base64').replaceAll('=', ''),
  )
  return `$argon2id$v=19$m=${memoryCost},t=${timeCost},p=${parallelism}$${salt}$${sum}`
}
