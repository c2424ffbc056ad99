import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OverloadGuard, createOverloadGuard } from './overload-guard.ts'

describe('the guard against overload', () => {
  let guard: OverloadGuard
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['performance', 'setInterval', 'clearInterval'] })
    guard = createOverloadGuard({ requestsInFlight: 2, loopLagMilliseconds: 500 })
  })
  afterEach(() => {
    guard.stop()
    vi.useRealTimers()
  })
  it('lets in as many as the limit says, and one more for each that leaves', () => {
    expect([guard.enter(), guard.enter(), guard.enter()]).toEqual([
      undefined,
      undefined,
      'in_flight',
    ])
    expect(guard.inFlight()).toBe(2)
    guard.leave()
    expect([guard.enter(), guard.enter()]).toEqual([undefined, 'in_flight'])
  })

  it('says that it refuses until two seconds after the last that it refused', () => {
    expect(guard.isShedding()).toBe(false)
    guard.enter()
    guard.enter()
    expect(guard.isShedding()).toBe(false)
    guard.enter()
    vi.advanceTimersByTime(1999)
    expect(guard.isShedding()).toBe(true)
    vi.advanceTimersByTime(1)
    expect(guard.isShedding()).toBe(false)
  })

  it('refuses what is left of a turn that takes too long, and nothing after a pause', () => {
    const now = performance.now()
    const clock = vi.spyOn(performance, 'now')
    clock.mockReturnValue(now + 600)
    expect(guard.enter()).toBeUndefined()
    clock.mockReturnValue(now + 601)
    expect(guard.enter()).toBe('loop_lag')
    // The next turn begins with the timers.
    vi.advanceTimersToNextTimer()
    expect(guard.enter()).toBeUndefined()
    vi.restoreAllMocks()
  })
})
