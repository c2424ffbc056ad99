/** RFC 5321 §4.5.3.1.3, without the angle brackets. */
const longestAddress = 254

/** One address alone, without a name, a comment or a second one. Undefined: the text is none. */
export function plainAddress(text: string): string | undefined {
  const address = text.trim()
  const one = /^[^\s@<>(),;:"[\]\\]+@[^\s@<>(),;:"[\]\\]+$/.test(address)
  return one && address.length <= longestAddress && !/\p{C}/u.test(address) ? address : undefined
}

/** Enough for its owner to know it again, and for nobody else to write to it: `a•••@example.com`. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@')
  const [first = ''] = address
  return at < 1 ? '•••' : `${first}•••${address.slice(at)}`
}

/** What two spellings of one mailbox have in common, as far as mail servers in use agree on it. */
export function addressIdentity(address: string): string {
  return address.trim().normalize('NFKC').toLowerCase()
}
