import type { UpstreamConfig } from '@newel/policy-document'
import { addressIdentity, plainAddress } from '../mail/index.ts'
import { normaliseUsername } from '../store/index.ts'

/** What a new account may take of what an upstream says about somebody. */
export interface OfferedProfile {
  /** Never in the form of an address, unless it is {@link OfferedProfile.address}. Absent: none that could be one. */
  readonly username?: string
  readonly name?: string
  /** Verified, by the word of an upstream whose word on it counts. */
  readonly address?: string
}

/** In UTF-16 units, with room for an ending. */
const longestUsername = 236
const longestName = 256

/**
 * Whoever chooses a name or an address elsewhere must not look like the owner of that address here. What is not of the type
 * that OIDC Core §5.1 gives it is left out.
 */
export function offeredProfile(
  profile: Readonly<Record<string, unknown>>,
  { trustEmail }: Pick<UpstreamConfig, 'trustEmail'>,
): OfferedProfile {
  const { preferred_username: preferred, name, email, email_verified: verified } = profile
  const address = trustEmail && verified === true ? trustedAddress(email) : undefined
  const username = [preferred, email]
    .filter((wished): wished is string => isName(wished, longestUsername))
    .map((wished) => (isSameAddress(wished, address) ? wished.trim() : beforeAt(wished)))
    // Anew: what is written in one character may be read as many (NFKC).
    .find((wished) => isName(wished, longestUsername))
  return {
    ...(username !== undefined && { username }),
    ...(isName(name, longestName) && !name.normalize('NFKC').includes('@') && { name }),
    ...(address !== undefined && { address }),
  }
}

/** The part of a name that is no address, whichever way its `@` is written. */
export function beforeAt(name: string): string {
  const [local = ''] = name.normalize('NFKC').split('@')
  return local.trim()
}

/** In ASCII: two addresses of other letters may be one mailbox, and the store would not know. */
function trustedAddress(email: unknown): string | undefined {
  const address = typeof email === 'string' ? plainAddress(email) : undefined
  return address !== undefined && /^[\x21-\x7e]+$/.test(address) ? address : undefined
}

function isSameAddress(name: string, address: string | undefined): boolean {
  return address !== undefined && addressIdentity(name) === addressIdentity(address)
}

function isName(value: unknown, longest: number): value is string {
  return (
    typeof value === 'string' &&
    normaliseUsername(value) !== '' &&
    value.length <= longest &&
    !/\p{C}/u.test(value)
  )
}
