import { describe, expect, it } from 'vitest'

import { explanationFaults, lockFaults, pinFaults } from './check-dependencies.ts'
import type { Workspace } from './workspace.ts'

const root: Workspace = {
  folder: '',
  manifest: { name: 'root', devDependencies: { vitest: '5.1.1' } },
}
const client: Workspace = {
  folder: 'packages/client',
  manifest: { name: '@newel/client', dependencies: { root: '1.0.0', jose: '6.2.18' } },
}

describe('pins', () => {
  it.each(['^1.0.0', '~1.0.0', '1.x', '*', 'latest', 'github:a/b'])('refuse `%s`', (range) => {
    const manifest = { name: 'a', dependencies: { b: range } }
    expect(pinFaults([{ folder: 'packages/a', manifest }])).toHaveLength(1)
  })

  it.each(['1.2.3', '1.2.3-beta.1'])('accept `%s`', (version) => {
    const manifest = { name: 'a', dependencies: { b: version } }
    expect(pinFaults([{ folder: 'packages/a', manifest }])).toEqual([])
  })

  it('leave ranges to peers', () => {
    const manifest = { name: 'a', peerDependencies: { hono: '^4.0.0' } }
    expect(pinFaults([{ folder: 'packages/a', manifest }])).toEqual([])
  })
})

describe('explanations', () => {
  const page =
    '| name | why |\n| --- | --- |\n| `vitest` | tests |\n| `jose` | `zod` is not meant |\n'

  it('cover every dependency that is not one of ours', () => {
    expect(explanationFaults([root, client], page)).toEqual([])
    expect(explanationFaults([root, client], '| `jose` | keys |')).toEqual([
      expect.stringContaining('`vitest` of package.json is not explained'),
    ])
  })

  it('name nothing that is not used', () => {
    expect(explanationFaults([root], page)).toEqual([
      expect.stringContaining('`jose` is explained, but nothing depends on it'),
    ])
  })

  it('may refuse by name what is not used', () => {
    const refusing = `${page}## Refused\n| \`eslint\` | slow |\n`
    expect(explanationFaults([root, client], refusing)).toEqual([])
  })
})

describe('lock file', () => {
  it('carries no download address', () => {
    const packages = { 'node_modules/a': { resolved: 'https://registry.example/a.tgz' } }
    expect(lockFaults({ packages })).toHaveLength(1)
  })

  it('may link a workspace folder', () => {
    expect(lockFaults({ packages: { 'node_modules/a': { resolved: 'packages/a' } } })).toEqual([])
  })

  it('has no install script in the runtime tree', () => {
    const script = { hasInstallScript: true }
    expect(lockFaults({ packages: { a: script } })).toHaveLength(1)
    expect(lockFaults({ packages: { a: { ...script, dev: true } } })).toEqual([])
  })
})
