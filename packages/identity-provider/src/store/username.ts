/**
 * The form in which user names are compared: NFKC, lower case, no white space around. Lower-casing can undo NFKC, so it
 * is applied again.
 */
export function normaliseUsername(username: string): string {
  return username.normalize('NFKC').toLowerCase().normalize('NFKC').trim()
}
