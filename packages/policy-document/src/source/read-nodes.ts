import { type Document, type Node, isAlias, isMap, isScalar, isSeq } from 'yaml'
import { setKey, tooDeep, tooManyValues } from './data-copy.ts'
import { maxAliases, maxDepth, maxDocumentValues } from './limits.ts'
import type { Path } from './path.ts'
import type { ProblemList } from './problem-list.ts'
import { type Place, placeKey } from './text-positions.ts'

/** Thrown to end the walk once the document has been refused for its size. */
class LimitReached extends Error {}

/** Plain data from the parsed nodes; notes the place of each value and reports what plain data cannot hold. */
export function readNodes(
  document: Document.Parsed,
  places: Map<string, Place>,
  problems: ProblemList,
): unknown {
  const anchors = new Map<string, Node>()
  /** Anchors whose node is still being read: an alias to one of them would be endless. */
  const open = new Set<Node>()
  let values = 0
  let aliases = 0

  const read = (node: Node | null, path: Path, key: number): unknown => {
    const start = node?.range?.[0] ?? key
    places.set(placeKey(path), {
      key,
      value: start,
      ...(isScalar(node) &&
        typeof node.value === 'string' && { end: node.range?.[1] ?? start, text: node.value }),
    })
    if (++values > maxDocumentValues) stop(tooManyValues(path))
    if (path.length > maxDepth) stop(tooDeep(path))
    if (node === null) return null
    if (isAlias(node)) return readAlias(node.source, path, key)
    if (node.anchor !== undefined) anchors.set(node.anchor, node)
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:')) {
      problems.add({
        code: 'unsupported_tag',
        path,
        message: `the tag \`${node.tag}\` has no meaning here`,
        mend: 'remove it',
      })
    }
    open.add(node)
    const value = readContent(node, path)
    open.delete(node)
    return value
  }

  const readContent = (node: Node, path: Path): unknown => {
    if (isScalar(node)) return readScalar(node.value, path)
    if (isSeq<Node>(node)) {
      return node.items.map((item, index) => read(item, [...path, index], item.range?.[0] ?? 0))
    }
    if (!isMap<Node, Node | null>(node)) return undefined
    const data: Record<string, unknown> = {}
    const seen = new Set<string>()
    for (const pair of node.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : ''
      const inner = [...path, name]
      const at = pair.key.range?.[0] ?? 0
      if (seen.has(name)) {
        places.set(placeKey(inner), { key: at, value: at })
        problems.add({
          code: 'duplicate_key',
          path: inner,
          at: 'key',
          message: `the key \`${name}\` appears twice`,
          mend: 'keep one of them',
        })
        continue
      }
      seen.add(name)
      const value = read(pair.value, inner, at)
      setKey(data, name, value, path, problems)
    }
    return data
  }

  const readScalar = (value: unknown, path: Path): unknown => {
    if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
    if (typeof value === 'number' && Number.isFinite(value)) return value
    problems.add({
      code: 'unsupported_value',
      path,
      message:
        typeof value === 'number' ? `\`${value}\` is no finite number` : 'this is no plain value',
      mend: 'use a string, a finite number, `true` or `false`',
    })
    return undefined
  }

  const readAlias = (name: string, path: Path, key: number): unknown => {
    if (++aliases > maxAliases) {
      stop({
        code: 'too_many_aliases',
        path,
        message: `the document uses more than ${maxAliases} aliases`,
        mend: 'write the values out',
      })
    }
    const target = anchors.get(name)
    if (target === undefined || open.has(target)) {
      problems.add({
        code: 'unresolved_alias',
        path,
        message:
          target === undefined
            ? `the alias \`*${name}\` has no anchor before it`
            : `the alias \`*${name}\` stands inside its own anchor`,
        mend: `define \`&${name}\` on an earlier value, or put quotes around the value`,
      })
      return undefined
    }
    const value = read(target, path, key)
    return value
  }

  const stop = (complaint: Parameters<ProblemList['add']>[0]): never => {
    problems.add(complaint)
    throw new LimitReached()
  }

  try {
    return read(document.contents, [], document.contents?.range?.[0] ?? 0)
  } catch (error) {
    if (error instanceof LimitReached) return undefined
    throw error
  }
}
