/** A path as a rule states it, cut into segments. */
export interface PathPattern {
  readonly segments: readonly (
    | { readonly kind: 'literal'; readonly value: string }
    | { readonly kind: 'any' }
  )[]
  /** The pattern ends in `/**`: it takes the path before it and everything below. */
  readonly below: boolean
}

export type PathPatternResult =
  | { readonly ok: true; readonly pattern: PathPattern }
  | { readonly ok: false; readonly message: string }

/** `/`, `/admin/**`, `/accounts/*`, `/accounts/:id/limits`. A wildcard stands for a whole segment or not at all. */
export function compilePathPattern(text: string): PathPatternResult {
  const refuse = (why: string): PathPatternResult => ({
    ok: false,
    message: `the path \`${text}\` ${why}`,
  })
  if (!text.startsWith('/')) return refuse('must start with `/`')
  const canonical = canonicalPath(text)
  if (!canonical.ok) return refuse(canonical.message)
  if (canonical.path !== text) return refuse(`must be written as \`${canonical.path}\``)
  const parts = text.slice(1).split('/')
  const below = parts.at(-1) === '**'
  const segments: PathPattern['segments'][number][] = []
  for (const part of below ? parts.slice(0, -1) : parts) {
    if (part === '*' || /^:[A-Za-z_][A-Za-z0-9_]*$/.test(part)) segments.push({ kind: 'any' })
    else if (part.includes('*'))
      return refuse('may have `*` as a whole segment, and `**` as the last one')
    else if (part.startsWith(':')) return refuse('has a name after `:` that is no identifier')
    else segments.push({ kind: 'literal', value: part })
  }
  return { ok: true, pattern: { segments, below } }
}

export type CanonicalPath =
  | { readonly ok: true; readonly path: string }
  | { readonly ok: false; readonly message: string }

/**
 * The one spelling of a request path that rules are matched against: percent-decoded once, with no dot segment, no empty
 * segment and no trailing slash. Ambiguous spellings (an encoded slash, backslash, percent sign or control character)
 * are refused, since servers disagree on them.
 */
export function canonicalPath(path: string): CanonicalPath {
  if (!path.startsWith('/')) return { ok: false, message: 'must start with `/`' }
  const segments: string[] = []
  for (const raw of path.slice(1).split('/')) {
    let segment: string
    try {
      // Composed before it is judged: U+037E composes to a semicolon.
      segment = decodeURIComponent(raw).normalize('NFC')
    } catch {
      return { ok: false, message: 'has a broken percent escape' }
    }
    if (/[/\\%;?#\p{Cc}]/u.test(segment)) {
      return { ok: false, message: 'has a character that servers read differently' }
    }
    if (segment === '.' || segment === '..') return { ok: false, message: 'has a dot segment' }
    if (segment !== '') segments.push(segment)
  }
  return { ok: true, path: `/${segments.join('/')}` }
}
