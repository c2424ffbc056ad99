import { describe, expect, it } from 'vitest'

import { layerFaults } from './layers.ts'
import type { Manifest, Workspace } from './workspace.ts'

const house: readonly Workspace[] = [
  workspace('packages/policy', {}),
  workspace('packages/protocol', { dependencies: { '@newel/policy': '0.1.0' } }),
  workspace('packages/policy-document', { dependencies: { '@newel/policy': '0.1.0' } }),
  workspace('packages/client', {
    exports: { '.': './src/index.ts', './browser': './src/browser.ts' },
    dependencies: { '@newel/policy': '0.1.0', '@newel/protocol': '0.1.0' },
  }),
  workspace('packages/testing', { dependencies: { '@newel/policy': '0.1.0' } }),
  workspace('examples/bank', { dependencies: { '@newel/client': '0.1.0' } }),
]

describe('order of the house', () => {
  it.each([
    ['a lower package by name', 'packages/protocol/src/a.ts', '@newel/policy'],
    ['an exported subpath', 'examples/bank/app.ts', '@newel/client/browser'],
    ['a file of its own package', 'packages/client/src/a.ts', './deep/b.ts'],
    ['its own package by name', 'packages/client/src/a.test.ts', '@newel/client/browser'],
    ['a library, above level 1', 'packages/client/src/a.ts', 'oauth4webapi'],
    ['a Node module, in a test of a pure package', 'packages/policy/src/a.test.ts', 'node:fs'],
    [
      'the fixtures, in a test',
      'packages/policy/src/a.test.ts',
      '../../../fixtures/decisions.json',
    ],
    ['the testing package, in an example', 'examples/bank/start.ts', '@newel/testing'],
  ])('allows %s', (_, path, specifier) => {
    expect(importing(path, specifier, { testing: path.startsWith('examples/') })).toEqual([])
  })

  it.each([
    ['a package beside it', 'packages/protocol/src/a.ts', '@newel/policy-document', 'sideways'],
    ['a higher package', 'packages/policy-document/src/a.ts', '@newel/client', 'upwards'],
    [
      'a package that it does not list',
      'packages/policy-document/src/a.ts',
      '@newel/policy/x',
      'not among the exports',
    ],
    [
      'a path inside another package',
      'examples/bank/app.ts',
      '@newel/client/src/a.ts',
      'not among the exports',
    ],
    [
      'another package by a relative path',
      'packages/client/src/a.ts',
      '../../policy/src/index.ts',
      'reaches into packages/policy',
    ],
    [
      'a package from outside by a relative path',
      'e2e/a.spec.ts',
      '../packages/client/src/a.ts',
      'reaches into packages/client',
    ],
    [
      'what lies outside every package',
      'packages/client/src/a.ts',
      '../../../tools/test.ts',
      'leaves packages/client',
    ],
    [
      'the testing package, in a source',
      'packages/client/src/a.ts',
      '@newel/testing',
      'only tests',
    ],
    ['an example', 'packages/client/src/a.ts', '@newel/bank', 'nothing imports an example'],
    ['a Node module, in policy', 'packages/policy/src/a.ts', 'node:crypto', 'nothing from outside'],
    ['a library, in protocol', 'packages/protocol/src/a.ts', 'zod', 'nothing from outside'],
  ])('refuses %s', (_, path, specifier, reason) => {
    expect(importing(path, specifier)).toEqual([expect.stringContaining(reason)])
  })

  it('sees dynamic imports, re-exports and import types as imports, each on its line', () => {
    const text = [
      "export * from '@newel/client'",
      "const later = () => import('@newel/client')",
      "type Client = import('@newel/client').Client",
    ].join('\n')
    const faults = layerFaults(house, [{ path: 'packages/protocol/src/a.ts', text }])
    expect(faults.map((fault) => fault.split(':')[1])).toEqual(['1', '2', '3'])
  })

  it('does not read strings and comments as imports', () => {
    const text = "// import 'zod'\nexport const text = \"import 'zod'\"\n"
    expect(layerFaults(house, [{ path: 'packages/policy/src/a.ts', text }])).toEqual([])
  })

  it('asks that package.json lists a package that a source imports', () => {
    const unlisted = [...house, workspace('packages/resource-server', {})]
    const file = { path: 'packages/resource-server/src/a.ts', text: "import '@newel/policy'" }
    expect(layerFaults(unlisted, [file])).toEqual([expect.stringContaining('does not list it')])
  })

  it('refuses a package.json that names a package beside it or above it', () => {
    const wrong = [
      ...house,
      workspace('packages/resource-server', { dependencies: { '@newel/client': '0.1.0' } }),
    ]
    expect(layerFaults(wrong, [])).toEqual([expect.stringContaining('sideways')])
  })

  it('refuses a dependency of a package that has none', () => {
    const wrong = [workspace('packages/policy', { dependencies: { zod: '4.6.7' } })]
    expect(layerFaults(wrong, [])).toEqual([expect.stringContaining('may not depend on `zod`')])
  })

  it('refuses a package without a level', () => {
    expect(layerFaults([workspace('packages/extra', {})], [])).toEqual([
      expect.stringContaining('has no level'),
    ])
  })

  it('lets no path lead from a browser entry to a Node module', () => {
    const faults = layerFaults(house, [
      { path: 'packages/client/src/browser.ts', text: "export * from './browser/a.ts'" },
      { path: 'packages/client/src/browser/a.ts', text: "import '../b.ts'" },
      { path: 'packages/client/src/b.ts', text: "import 'node:crypto'" },
      { path: 'packages/client/src/node.ts', text: "import 'node:http'" },
    ])
    expect(faults).toEqual([
      expect.stringMatching(/^packages\/client\/src\/b\.ts:1: .*browsers load$/),
    ])
  })
})

function importing(path: string, specifier: string, { testing = false } = {}): readonly string[] {
  const packages = house.map((each) =>
    testing && path.startsWith(each.folder)
      ? {
          ...each,
          manifest: {
            ...each.manifest,
            dependencies: { ...each.manifest.dependencies, '@newel/testing': '0.1.0' },
          },
        }
      : each,
  )
  return layerFaults(packages, [{ path, text: `import '${specifier}'\n` }])
}

function workspace(folder: string, manifest: Partial<Manifest>): Workspace {
  const name = `@newel/${folder.split('/')[1] ?? ''}`
  return { folder, manifest: { name, exports: { '.': './src/index.ts' }, ...manifest } }
}
