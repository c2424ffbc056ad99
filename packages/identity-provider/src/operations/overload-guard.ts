export interface OverloadLimits {
  /** Requests that are answered at once; one more is refused. Default 512. `Infinity`: any number. */
  readonly requestsInFlight?: number
  /**
   * How long one turn of the event loop may take, in milliseconds, before further requests in it are refused. A turn begins every
   * request that has arrived, one after the other, and the last waits for all. Default 3000. `Infinity`: as long as it takes.
   */
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
  loopLagMilliseconds = 3000,
}: OverloadLimits = {}): OverloadGuard {
  let inFlight = 0
  let shedAt = Number.NEGATIVE_INFINITY
  // Timers come before requests in a turn: a pause of the whole process is over when the next request is looked at.
  let lastTick = performance.now()
  const ticking = setInterval(() => {
    lastTick = performance.now()
  }, tickMilliseconds)
  ticking.unref()

  const excess = (): Shed | undefined => {
    if (inFlight >= requestsInFlight) return 'in_flight'
    const late = performance.now() - lastTick - tickMilliseconds
    return late > loopLagMilliseconds ? 'loop_lag' : undefined
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
