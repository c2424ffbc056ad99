import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type TestPostgres, postgresMissing, startPostgres } from '@newel/testing'
import { killAtEveryCall } from './kill-at-every-call.ts'
import { everyStep } from './every-step.ts'

/** `npm run fault` tries every point; here every ninth, and every nineteenth on PostgreSQL. */
const every = 9

describe('a provider killed with SIGKILL, on SQLite,', () => {
  for (const step of everyStep) {
    it(`in the middle of ${step.name} resumes or fails cleanly, and keeps what it answered`, async () => {
      const outcomes = await killAtEveryCall(
        (folder) => ({ kind: 'sqlite', path: join(folder, 'newel.db') }),
        step,
        { every },
      )
      expect(outcomes.length).toBeGreaterThan(0)
      expect(outcomes.filter(({ ending }) => ending === 'BROKEN')).toEqual([])
    }, 180_000)
  }
})

describe.skipIf(postgresMissing() !== undefined)(
  'a provider killed with SIGKILL, on PostgreSQL,',
  () => {
    let server: TestPostgres
    beforeAll(async () => {
      server = await startPostgres()
    })
    afterAll(async () => server.stop())

    for (const step of everyStep) {
      it(`in the middle of ${step.name} resumes or fails cleanly, and keeps what it answered`, async () => {
        const outcomes = await killAtEveryCall(
          async () => ({ kind: 'postgres', url: await server.newDatabase() }),
          step,
          { every: 19 },
        )
        expect(outcomes.length).toBeGreaterThan(0)
        expect(outcomes.filter(({ ending }) => ending === 'BROKEN')).toEqual([])
      }, 180_000)
    }
  },
)
