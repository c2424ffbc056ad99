import type { ServerResponse } from 'node:http'

/** Headers of a refusal that several layers of an application add to. */
export const listHeaders: ReadonlySet<string> = new Set(['Access-Control-Expose-Headers', 'Vary'])

/** `existing` with the members of `added` that it lacks, as one field value. */
export function mergeList(existing: string | undefined, added: string): string {
  if (existing === undefined || existing === '') return added
  const present = members(existing).map((member) => member.toLowerCase())
  const missing = members(added).filter((member) => !present.includes(member.toLowerCase()))
  return [existing, ...missing].join(', ')
}

/** Put the headers of a refusal on Node's answer, adding to the lists that the application has set. */
export function setHeaders(
  response: Pick<ServerResponse, 'getHeader' | 'setHeader'>,
  headers: Readonly<Record<string, string>>,
): void {
  for (const name in headers) {
    const value = headers[name] ?? ''
    const existing = listHeaders.has(name) ? response.getHeader(name) : undefined
    response.setHeader(name, existing === undefined ? value : mergeList(String(existing), value))
  }
}

function members(list: string): string[] {
  return list
    .split(',')
    .map((member) => member.trim())
    .filter((member) => member !== '')
}
