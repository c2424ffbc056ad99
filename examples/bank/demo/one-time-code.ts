import { createHmac } from 'node:crypto'
import type { EpochSeconds } from '@newel/policy'

const periodSeconds = 30
const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** What a one-time-code app would show at `now`. RFC 6238. */
export function oneTimeCode(base32Secret: string, now: EpochSeconds): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(now / periodSeconds)))
  const mac = createHmac('sha1', keyBytes(base32Secret)).update(counter).digest()
  const offset = mac.readUInt8(mac.length - 1) & 0x0f
  const number = mac.readUInt32BE(offset) & 0x7f_ff_ff_ff
  return String(number % 1_000_000).padStart(6, '0')
}

/** How long the code of `now` is shown. */
export function secondsLeft(now: EpochSeconds): number {
  return Math.ceil(periodSeconds - (now % periodSeconds))
}

export function nextOneTimeCode(base32Secret: string, now: EpochSeconds): string {
  return oneTimeCode(base32Secret, now + periodSeconds)
}

/** The shared key behind a base32 text. */
export function keyBytes(text: string): Buffer {
  const bits = Array.from(text, (char) => alphabet.indexOf(char).toString(2).padStart(5, '0')).join(
    '',
  )
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)))
}
