import { createHash } from 'node:crypto'

/** In a token for the account API: the session that it came from, by {@link sessionReference}. */
export const sessionClaim = 'newel_session'

/** Names a session in addresses, forms and tokens, and tells nothing. */
export function sessionReference(uid: string): string {
  return createHash('sha256').update(uid).digest('base64url').slice(0, 16)
}
