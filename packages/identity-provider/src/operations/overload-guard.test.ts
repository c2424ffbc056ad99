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
  /** The event loop does nothing for so long, and then what it was to do. */
  const block = (milliseconds: number): void => {
    const until = performance.now() + milliseconds
    vi.spyOn(performance, 'now').mockReturnValue(until)
    vi.advanceTimersToNextTimer()
    vi.restoreAllMocks()
  }

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

  it('refuses while the event loop is late, which one pause is not', () => {
    block(2000)
    expect(guard.enter()).toBeUndefined()
    block(5000)
    expect(guard.enter()).toBe('loop_lag')
    vi.advanceTimersByTime(100)
    expect(guard.enter()).toBeUndefined()
  })
})
