import { normaliseUsername } from '../../store/username.ts'
import type { EnrolmentReason } from '../authenticator.ts'

/** NIST SP 800-63B §3.1.1.2 asks for eight; above 1024 there is nothing to gain and a server to exhaust. */
export const shortestPasswordBytes = 8
export const longestPasswordBytes = 1024

/** Characters before normalising, which is work that grows with them. Decomposed text can be three times as long. */
const longestTyped = 3 * longestPasswordBytes

/** The same characters typed on two keyboards give the same bytes. Undefined: too long to be anybody's password. */
export function passwordBytes(password: string): Uint8Array | undefined {
  if (password.length > longestTyped) return undefined
  const bytes = Buffer.from(password.normalize('NFKC'), 'utf8')
  return bytes.length > longestPasswordBytes ? undefined : bytes
}

/** Why this may not become a password; undefined where it may. Length and the obvious, no rules of composition. */
export function refusePassword(password: string, username: string): EnrolmentReason | undefined {
  const bytes = passwordBytes(password)
  if (!bytes) return 'too_long'
  if (bytes.length < shortestPasswordBytes) return 'too_short'
  const plain = normaliseUsername(password)
  const onlyOneCharacter = new Set(plain).size <= 1
  return onlyOneCharacter || plain === normaliseUsername(username) ? 'too_simple' : undefined
}
