import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { killAtEveryCall } from './kill-at-every-call.ts'
import { steps } from './steps.ts'

/** `npm run fault` tries every point; here every ninth, another residue for each step. */
const every = 9

describe('a provider killed with SIGKILL, on SQLite,', () => {
  for (const step of steps) {
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
