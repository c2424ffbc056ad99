export interface OverloadLimits {
  /** Requests that are answered at once; one more is refused. Default 512. `Infinity`: any number. */
  readonly requestsInFlight?: number
  /** How late the event loop may be twice in a row, in milliseconds. Default 1000. `Infinity`: as late as it gets. */
  readonly loopLagMilliseconds?: number
}

/** Why a request was refused before anything was done for it. */
export type Shed = 'in_flight' | 'loop_lag'

/**
 * Refuses what is too much before it costs anything, so that what was taken in is answered in time. More in flight would
 * only wait longer, in more memory.
 */
export interface OverloadGuard {
  /** Absent: the request may go on, and `leave` is called when it is over. */
  enter(): Shed | undefined
  leave(): void
  readonly inFlight: () => number
  /** Whether something was refused lately, by {@link sheddingMilliseconds}. */
  readonly isShedding: () => boolean
  stop(): void
}

/** How often the event loop is looked at, in milliseconds. */
const tickMilliseconds = 100

/** How long a node says that it is overloaded after it refused something. */
const sheddingMilliseconds = 2000

export function createOverloadGuard({
  requestsInFlight = 512,
  loopLagMilliseconds = 1000,
}: OverloadLimits = {}): OverloadGuard {
  let inFlight = 0
  let shedAt = Number.NEGATIVE_INFINITY
  let lastTick = performance.now()
  // Once is a pause, which is over by the time that anybody could know of it.
  let lags: readonly [number, number] = [0, 0]
  const ticking = setInterval(() => {
    const now = performance.now()
    lags = [lags[1], now - lastTick - tickMilliseconds]
    lastTick = now
  }, tickMilliseconds)
  ticking.unref()

  const excess = (): Shed | undefined => {
    if (inFlight >= requestsInFlight) return 'in_flight'
    return Math.min(...lags) > loopLagMilliseconds ? 'loop_lag' : undefined
  }
  return {
    enter() {
      const shed = excess()
      if (shed === undefined) inFlight += 1
      else shedAt = performance.now()
      return shed
    },
    leave() {
      inFlight -= 1
    },
    inFlight: () => inFlight,
    isShedding: () => performance.now() - shedAt < sheddingMilliseconds,
    stop() {
      clearInterval(ticking)
    },
  }
}
