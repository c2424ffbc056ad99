import { describe, expect, it } from 'vitest'

import { codeBlocks, headingAnchors, relativeLinks } from './markdown.ts'

const page = [
  '# The `newel` command',
  'See [levels](docs/levels.md#order), [here](#the-newel-command) and [the web](https://example.com/a).',
  '```ts compile',
  "const link = '[not](a-link.md)'",
  '```',
  '<img src="docs/loop.svg" alt="the loop">',
  '## Twice',
  '## Twice',
].join('\n')

describe('a Markdown page', () => {
  it('gives its blocks with their info and the line of their first code', () => {
    expect(codeBlocks(page)).toEqual([
      { info: 'ts compile', line: 4, code: "const link = '[not](a-link.md)'" },
    ])
  })

  it('keeps a shorter fence inside a longer one', () => {
    expect(codeBlocks('````md\n```ts\n```\n````')).toEqual([
      { info: 'md', line: 2, code: '```ts\n```' },
    ])
  })

  it('gives relative links and images, without those in code and those to the web', () => {
    expect(relativeLinks(page)).toEqual([
      { line: 2, path: 'docs/levels.md', anchor: 'order' },
      { line: 2, path: '', anchor: 'the-newel-command' },
      { line: 6, path: 'docs/loop.svg' },
    ])
  })

  it('gives the anchors of its headings, numbered where they repeat', () => {
    expect([...headingAnchors(page)]).toEqual(['the-newel-command', 'twice', 'twice-1'])
  })
})
