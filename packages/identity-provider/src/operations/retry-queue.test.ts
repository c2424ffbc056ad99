import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type QueuedWork, createRetryQueue } from './retry-queue.ts'

function queued(
  attempt: QueuedWork['attempt'],
  lane?: string,
): QueuedWork & { readonly told: unknown[] } {
  const told: unknown[] = []
  return {
    told,
    attempt,
    givenUp: (code, tries) => void told.push(code, tries),
    ...(lane !== undefined && { lane }),
  }
}

const options = { capacity: 10, atOnce: 2, retryAfterSeconds: [0, 0] }

describe('queued work', () => {
  it('is tried again until it is done', async () => {
    const queue = createRetryQueue(options)
    const seen = { tries: 0 }
    const work = queued(async () => ((seen.tries += 1) < 3 ? { code: 'no' } : undefined))
    expect(queue.add(work)).toBe(true)
    while (seen.tries < 3) await pause(1)
    await queue.close(1000)
    expect(work.told).toEqual([])
  })

  it('is given up after its last try', async () => {
    const work = queued(async () => ({ code: 'no' }))
    createRetryQueue(options).add(work)
    while (work.told.length === 0) await pause(1)
    expect(work.told).toEqual(['no', 3])
  })

  it('is not tried again where that would be in vain', async () => {
    const work = queued(async () => ({ code: 'no', final: true }))
    createRetryQueue(options).add(work)
    while (work.told.length === 0) await pause(1)
    expect(work.told).toEqual(['no', 1])
  })

  it('of one lane that hangs does not hold up the others', async () => {
    const queue = createRetryQueue({ ...options, atOncePerLane: 1 })
    const hanging = async (): Promise<undefined> => new Promise(() => {})
    queue.add(queued(hanging, 'slow'))
    queue.add(queued(hanging, 'slow'))
    const seen = { done: false }
    queue.add(queued(async () => void (seen.done = true), 'quick'))
    while (!seen.done) await pause(1)
    await queue.close(10)
  })

  it('beyond the capacity is given up at once', async () => {
    const queue = createRetryQueue({ ...options, capacity: 1 })
    queue.add(queued(async () => new Promise(() => {})))
    const late = queued(async () => undefined)
    expect(queue.add(late)).toBe(false)
    expect(late.told).toEqual(['too_many', 0])
    await queue.close(10)
  })

  it('that waits at the end is tried once more', async () => {
    const queue = createRetryQueue({ ...options, retryAfterSeconds: [3600] })
    const seen = { tries: 0 }
    const work = queued(async () => ((seen.tries += 1) < 2 ? { code: 'no' } : undefined))
    queue.add(work)
    while (seen.tries < 1) await pause(1)
    await queue.close(1000)
    expect([seen.tries, work.told]).toEqual([2, []])
    expect(queue.add(work)).toBe(false)
  })
})
