import type { RandomBytes } from '../../secrets/random-bytes.ts'
import type { Json } from '../../store/json.ts'

/** Crockford's base32: no letter that is taken for a digit. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'

const wellFormed = new RegExp(`^[${alphabet}]+$`)

/** Five bits each: 80 bits. */
const length = 16

/** As people read it: four groups of four. */
export function newCode(random: RandomBytes): string {
  // 256 is a multiple of 32: every letter is as likely as any other.
  const letters = Array.from(random(length), (byte) => alphabet[byte % alphabet.length])
  return letters.join('').replace(/(.{4})(?=.)/g, '$1-')
}

/** The code without its groups, letters in upper case, `O` read as 0 and `I` and `L` as 1. Absent: it is none. */
export function readCode(typed: Json): string | undefined {
  if (typeof typed !== 'string' || typed.length > 64) return undefined
  const code = typed
    .replaceAll(/[\s-]/g, '')
    .toUpperCase()
    .replaceAll('O', '0')
    .replaceAll(/[IL]/g, '1')
  return code.length === length && wellFormed.test(code) ? code : undefined
}
