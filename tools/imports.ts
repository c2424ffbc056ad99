import { parseSync, Visitor } from 'oxc-parser'

/** One module that a source file names, by import, re-export, dynamic import or import type. */
export interface ImportSite {
  readonly specifier: string
  readonly line: number
}

/** Every module that a source names by a literal. The file name decides how the text is read (`.ts`, `.tsx`, `.mjs`). */
export function importSites(file: string, text: string): readonly ImportSite[] {
  const { module, program } = parseSync(file, text)
  const found: { specifier: string; offset: number }[] = []
  for (const { moduleRequest } of module.staticImports) {
    found.push({ specifier: moduleRequest.value, offset: moduleRequest.start })
  }
  for (const { moduleRequest } of module.staticExports.flatMap(({ entries }) => entries)) {
    if (moduleRequest) found.push({ specifier: moduleRequest.value, offset: moduleRequest.start })
  }
  for (const { moduleRequest } of module.dynamicImports) {
    const literal = /^(['"`])([^'"`$]*)\1$/.exec(text.slice(moduleRequest.start, moduleRequest.end))
    if (literal?.[2] !== undefined) {
      found.push({ specifier: literal[2], offset: moduleRequest.start })
    }
  }
  new Visitor({
    TSImportType({ source }) {
      found.push({ specifier: source.value, offset: source.start })
    },
  }).visit(program)
  const unique = new Map(found.map((site) => [`${site.offset}`, site]))
  return [...unique.values()]
    .toSorted((a, b) => a.offset - b.offset)
    .map(({ specifier, offset }) => ({ specifier, line: lineOf(text, offset) }))
}

function lineOf(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length
}
