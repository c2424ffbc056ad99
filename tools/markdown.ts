/** A fenced block of a Markdown page. */
export interface CodeBlock {
  /** The whole text after the opening fence, such as `ts compile`. */
  readonly info: string
  /** Line of the block's first line of code, counted from 1. */
  readonly line: number
  readonly code: string
}

/** A link of a Markdown page, to be found in the repository. */
export interface RelativeLink {
  readonly line: number
  /** The file part; empty for a link within the page. */
  readonly path: string
  /** The part after `#`. */
  readonly anchor?: string
}

export function codeBlocks(page: string): readonly CodeBlock[] {
  const blocks: CodeBlock[] = []
  let open: { fence: string; info: string; line: number; code: string[] } | undefined
  for (const [index, text] of page.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(text)
    if (open) {
      if (fence?.[1]?.startsWith(open.fence) && fence[2]?.trim() === '') {
        blocks.push({ info: open.info, line: open.line, code: open.code.join('\n') })
        open = undefined
      } else open.code.push(text)
    } else if (fence?.[1]) {
      open = { fence: fence[1], info: fence[2]?.trim() ?? '', line: index + 2, code: [] }
    }
  }
  return blocks
}

/** Links, images and `src`/`href`/`srcset` of embedded HTML that point into the repository. */
export function relativeLinks(page: string): readonly RelativeLink[] {
  const links: RelativeLink[] = []
  for (const [index, text] of prose(page).entries()) {
    const targets = [
      ...text.matchAll(/\]\(\s*<?([^)\s>]+)>?[^)]*\)/g),
      ...text.matchAll(/\b(?:src|href|srcset)="([^"\s]+)"/g),
    ]
    for (const [, target = ''] of targets) {
      if (/^[a-z][a-z+.-]*:/i.test(target) || target.startsWith('//')) continue
      const [path = '', anchor] = target.split('#')
      links.push({ line: index + 1, path: decodeURI(path), ...(anchor ? { anchor } : {}) })
    }
  }
  return links
}

/** The anchors that a page's headings get where Markdown is shown as a page. */
export function headingAnchors(page: string): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const text of prose(page)) {
    const heading = /^#{1,6}\s+(.*?)\s*#*$/.exec(text)?.[1]
    if (heading === undefined) continue
    const slug = heading
      .toLowerCase()
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-')
    let anchor = slug
    for (let count = 1; anchors.has(anchor); count += 1) anchor = `${slug}-${count}`
    anchors.add(anchor)
  }
  return anchors
}

/** The page's lines with fenced blocks and code spans blanked, so that code is not read as prose. */
function prose(page: string): readonly string[] {
  const lines = page
    .split('\n')
    .map((text) => text.replaceAll(/`[^`]*`/g, (span) => maskSpan(span)))
  for (const { line, code } of codeBlocks(page)) {
    const length = code.split('\n').length
    for (let at = line - 2; at <= line - 1 + length && at < lines.length; at += 1) lines[at] = ''
  }
  return lines
}

/** A code span keeps its words, which a heading's anchor needs, and loses what would look like a link. */
function maskSpan(span: string): string {
  return span.replaceAll(/[`[\]()"]/g, '')
}
