/** Headers of a refusal that several layers of an application add to. */
export const listHeaders: ReadonlySet<string> = new Set(['Access-Control-Expose-Headers', 'Vary'])

/** `existing` with the members of `added` that it lacks, as one field value. */
export function mergeList(existing: string | undefined, added: string): string {
  if (existing === undefined || existing === '') return added
  const present = members(existing).map((member) => member.toLowerCase())
  const missing = members(added).filter((member) => !present.includes(member.toLowerCase()))
  return [existing, ...missing].join(', ')
}

function members(list: string): string[] {
  return list
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}
