import { describe, expect, it } from 'vitest'
import { createHashQueue } from './hash-queue.ts'

describe('the hash queue', () => {
  it('runs no more at once than stated, in the order of arrival', async () => {
    const queue = createHashQueue({ concurrency: 2, waiting: 10 })
    const started: number[] = []
    let running = 0
    let most = 0
    const jobs = Array.from({ length: 8 }, async (_, index) =>
      queue.run(async () => {
        started.push(index)
        running += 1
        most = Math.max(most, running)
        await new Promise(setImmediate)
        running -= 1
        return index
      }),
    )
    expect(await Promise.all(jobs)).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(started).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(most).toBe(2)
  })

  it('refuses at once what exceeds the waiting room, and takes more later', async () => {
    const queue = createHashQueue({ concurrency: 1, waiting: 1 })
    const job = async (): Promise<string> => 'done'
    expect(await Promise.all([queue.run(job), queue.run(job), queue.run(job)])).toEqual([
      'done',
      'done',
      undefined,
    ])
    expect(await queue.run(job)).toBe('done')
  })

  it('hands the place on when a job fails', async () => {
    const queue = createHashQueue({ concurrency: 1, waiting: 5 })
    const failing = queue.run(async () => Promise.reject(new RangeError('broken')))
    const next = queue.run(async () => 'done')
    await expect(failing).rejects.toThrow(RangeError)
    expect(await next).toBe('done')
    expect(await queue.run(async () => 'again')).toBe('again')
  })
})
