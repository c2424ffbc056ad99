import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

import { headingAnchors, relativeLinks } from './markdown.ts'
import { repositoryFiles } from './repository-files.ts'

/** Every relative link of every Markdown page leads to a file that is there, and to a heading where it names one. */
export function checkLinks(root: string): readonly string[] {
  const pages = repositoryFiles(root).filter((path) => path.endsWith('.md'))
  return pages.flatMap((page) => {
    const text = readFileSync(join(root, page), 'utf8')
    return relativeLinks(text).flatMap(({ line, path, anchor }) => {
      const target = path === '' ? page : join(dirname(page), path)
      if (target.startsWith('..')) return [`${page}:${line}: \`${path}\` leaves the repository`]
      if (!existsSync(join(root, target))) return [`${page}:${line}: \`${path}\` is not there`]
      if (anchor === undefined || !target.endsWith('.md')) return []
      const there = target === page ? text : readFileSync(join(root, target), 'utf8')
      return headingAnchors(there).has(anchor)
        ? []
        : [`${page}:${line}: ${target} has no heading \`#${anchor}\``]
    })
  })
}
