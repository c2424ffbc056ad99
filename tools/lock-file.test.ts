import { describe, expect, it } from 'vitest'

import { completeLockFile, missingOptionals } from './lock-file.ts'
import type { LockFile } from './lock-file.ts'

const lock: LockFile = {
  packages: {
    '': {},
    'node_modules/tool': {
      version: '2.0.0',
      dev: true,
      optionalDependencies: {
        '@tool/binding-linux-x64-gnu': '2.0.0',
        '@tool/binding-linux-arm-musleabihf': '2.0.0',
        '@tool/win32-arm64': '2.0.0',
        '@tool/binding-wasm32-wasi': '2.0.0',
      },
    },
    'node_modules/tool/node_modules/@tool/binding-linux-x64-gnu': { version: '2.0.0' },
  },
}

describe('the lock file', () => {
  it('misses an optional dependency that no folder from its user upwards holds', () => {
    expect(missingOptionals(lock).map(({ name }) => name)).toEqual([
      '@tool/binding-linux-arm-musleabihf',
      '@tool/win32-arm64',
      '@tool/binding-wasm32-wasi',
    ])
  })

  it('is completed with the platform that each name states, as its user is needed', () => {
    const { packages } = completeLockFile(lock)
    const common = { version: '2.0.0', dev: true, optional: true }
    expect(packages).toMatchObject({
      'node_modules/@tool/binding-linux-arm-musleabihf': {
        ...common,
        os: ['linux'],
        cpu: ['arm'],
        libc: ['musl'],
      },
      'node_modules/@tool/win32-arm64': { ...common, os: ['win32'], cpu: ['arm64'] },
      'node_modules/@tool/binding-wasm32-wasi': { ...common, cpu: ['wasm32'] },
    })
    expect(missingOptionals({ packages })).toEqual([])
  })

  it('stays as it is where nothing is missing', () => {
    const complete = completeLockFile(lock)
    expect(completeLockFile(complete)).toEqual(complete)
  })

  it('gets no entry that states no platform, because npm would install it everywhere', () => {
    const packages = { 'node_modules/a': { optionalDependencies: { fast: '1.0.0' } } }
    expect(completeLockFile({ packages })).toEqual({ packages })
  })
})
