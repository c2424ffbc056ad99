import type { Scene } from './scene.ts'
import { ask } from './steps.ts'

/** What visitors got who came while the database was away. */
export interface TrafficReport {
  readonly requests: number
  /** Answers that a visitor should never see, and how long the slowest took if that was too long. Empty: none. */
  readonly faults: readonly string[]
}

export interface Traffic {
  stop(): Promise<TrafficReport>
}

/** A login page, or a page that says to try again. */
const answers = new Set([200, 503])

/** Longer than the stores wait before they give up. */
const patienceMilliseconds = 8000

/** People who open the login page, one after the other in each of `lanes`, until it is stopped. */
export function startTraffic(scene: Scene, lanes = 3): Traffic {
  const ending = new AbortController()
  let requests = 0
  const faults = new Set<string>()

  async function lane(): Promise<void> {
    while (!ending.signal.aborted) {
      const begin = performance.now()
      try {
        const { page } = await ask(scene, scene.visitor())
        if (!answers.has(page.status)) faults.add(`${page.status} at ${page.url.pathname}`)
        if (page.status === 503 && !page.headers.has('retry-after'))
          faults.add(`503 without retry-after at ${page.url.pathname}`)
      } catch (error) {
        faults.add(error instanceof Error ? error.message : String(error))
      }
      requests += 1
      const took = performance.now() - begin
      if (took > patienceMilliseconds) faults.add(`a request took ${Math.round(took)} ms`)
      // A refusal is cheap: without a pause the lanes would ask for nothing but CPU.
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  const running = Array.from({ length: lanes }, lane)
  return {
    async stop() {
      ending.abort()
      await Promise.all(running)
      return { requests, faults: [...faults] }
    },
  }
}
