/** The candidate that the author most likely meant. Absent: none is near. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = comparable(word)
  // A third of the letters may differ; anything further is another word.
  let limit = Math.max(1, Math.floor(wanted.length / 3))
  let best: string | undefined
  for (const candidate of candidates) {
    const distance = editDistance(wanted, comparable(candidate), limit)
    if (distance > limit || (best !== undefined && distance === limit)) continue
    best = candidate
    limit = distance
    if (distance === 0) break
  }
  return best
}

/** "did you mean `x`?", or the whole choice where nothing is near. */
export function suggest(word: string, candidates: readonly string[], nothing: string): string {
  const near = nearest(word, candidates)
  if (near !== undefined) return `did you mean \`${near}\`?`
  if (candidates.length === 0) return nothing
  return `use one of ${candidates.map((candidate) => `\`${candidate}\``).join(', ')}`
}

/** `redirect_uris`, `redirect-uris` and `RedirectURIs` are one word to the person who types it. */
function comparable(word: string): string {
  return word.toLowerCase().replaceAll(/[\s_-]/g, '')
}

/** Optimal string alignment: insert, delete, replace, swap neighbours. Stops at `limit + 1`. */
function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let cost = Math.min(
        (last[j] ?? 0) + 1,
        (row[j - 1] ?? 0) + 1,
        (last[j - 1] ?? 0) + (same ? 0 : 1),
      )
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1)
      }
      row.push(cost)
    }
    if (Math.min(...row) > limit) return limit + 1
    beforeLast = last
    last = row
  }
  return last[b.length] ?? limit + 1
}
