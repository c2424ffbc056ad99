import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type TestPostgres,
  type TestRedis,
  postgresMissing,
  redisMissing,
  startPostgres,
  startRedis,
} from '@newel/testing'
import { type Outage, outageInSteps } from './outage.ts'
import { diskFull, diskMissing, postgresAway, postgresDiskFull, redisAway } from './outages.ts'
import { steps } from './steps.ts'

/** `npm run fault` takes every step. */
const sample = steps.filter(({ name }) => ['step-up', 'code exchange', 'refresh'].includes(name))

async function brokenBy(outage: Outage): Promise<readonly unknown[]> {
  const outcomes = await outageInSteps(outage, sample)
  expect(outcomes.length).toBeGreaterThanOrEqual(sample.length)
  return outcomes.filter(({ ending }) => ending === 'BROKEN')
}

describe.skipIf((postgresMissing() ?? redisMissing()) !== undefined)(
  'a provider that is not started anew',
  () => {
    let postgres: TestPostgres
    let redis: TestRedis
    beforeAll(async () => {
      postgres = await startPostgres()
      redis = await startRedis()
    })
    afterAll(async () => {
      await redis.stop()
      await postgres.stop()
    })

    it('says 503 and that it is not ready while PostgreSQL is away, and then goes on', async () => {
      expect(await brokenBy(postgresAway(postgres))).toEqual([])
    }, 120_000)

    it('says 503 and that it is not ready while Redis is away, and then goes on', async () => {
      expect(await brokenBy(redisAway(postgres, redis))).toEqual([])
    }, 120_000)
  },
)

describe.skipIf(diskMissing() !== undefined)('a provider on SQLite', () => {
  it('says 503 while its disk is full, keeps what it answered, and then goes on', async () => {
    const disk = diskFull()
    try {
      expect(await brokenBy(disk)).toEqual([])
    } finally {
      disk.unmount()
    }
  }, 120_000)
})

describe.skipIf((postgresMissing() ?? diskMissing()) !== undefined)(
  'a provider on PostgreSQL',
  () => {
    it('says 503 while the disk of its server is full, keeps what it answered, and then goes on', async () => {
      const disk = await postgresDiskFull()
      try {
        expect(await brokenBy(disk)).toEqual([])
      } finally {
        await disk.unmount()
      }
    }, 120_000)
  },
)
