/** The values of a list separated by spaces, such as a `scope`, each once. Absent or empty: none. RFC 6749 §3.3. */
export function scopeValues(list = ''): readonly string[] {
  return [...new Set(list.split(' '))].filter(Boolean)
}
