import { afterEach, beforeEach, vi } from 'vitest'

/** In each test the clock stands still but for what `pass` adds. Timers and sockets run as ever. */
export function holdClock(): void {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] })
  })
  afterEach(() => {
    vi.useRealTimers()
  })
}
