/** One challenge of a `WWW-Authenticate` header. RFC 9110 §11.6.1. */
export interface HeardChallenge {
  /** In lower case. */
  readonly scheme: string
  /** Names in lower case; values without their quotation marks and escapes. */
  readonly parameters: ReadonlyMap<string, string>
}

/** A parameter, whose value is a token or a quoted text; or a word alone, which is a scheme or its single value. */
const element = /([^\s,="]+)\s*=\s*(?:([^\s,="]+)|"((?:[^"\\]|\\.)*)")|[^\s,="]+/g

/**
 * The challenges of a header, in order. None where quotation marks do not pair, or a parameter stands twice or by itself:
 * what is asked can then not be told with certainty. Whatever `parseChallenges` of the protocol package reads, this reads
 * the same, with the single value of another scheme for one more challenge; it has no words for what is wrong.
 */
export function challengesIn(header: string): readonly HeardChallenge[] {
  const challenges: HeardChallenge[] = []
  let open: Map<string, string> | undefined
  for (const [word, name, bare, quoted = ''] of header.matchAll(element)) {
    const key = (name ?? word).toLowerCase()
    if (name === undefined) {
      open = new Map()
      challenges.push({ scheme: key, parameters: open })
    } else if (!open || open.has(key)) return []
    else open.set(key, bare ?? quoted.replaceAll(/\\(.)/g, '$1'))
  }
  return header.replace(element, '').includes('"') ? [] : challenges
}
