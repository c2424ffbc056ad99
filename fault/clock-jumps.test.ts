import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { clockCases, jumpInCase, jumps } from './clock-jumps.ts'
import { type Scene, openScene } from './scene.ts'

describe('a clock that jumps', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene((folder) => ({ kind: 'sqlite', path: join(folder, 'newel.db') }))
  })
  afterAll(async () => scene.close())

  for (const one of clockCases) {
    for (const jump of jumps) {
      it(`by ${jump[0]} around a ${one.what} lets nothing pass that should not`, async () => {
        expect(await jumpInCase(scene, one, jump)).not.toMatchObject({ ending: 'BROKEN' })
      })
    }
  }
})
