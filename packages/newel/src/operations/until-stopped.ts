import { setTimeout } from 'node:timers/promises'

/** What a running provider does on signals of the system. */
export interface SignalHandling {
  /** How often `onPoll` is called, in milliseconds. */
  readonly pollMilliseconds: number
  readonly onPoll: () => Promise<void>
  readonly onHangup: () => Promise<void>
  readonly reportFailure: (error: unknown) => void
  /** The end was asked for. */
  readonly onStop: () => void
  /** How long to go on after that. */
  readonly drainSeconds: number
}

/**
 * Resolves when the provider is to end: on SIGINT or SIGTERM, after the drain. A second one ends the process at once, as it
 * would without us; SIGHUP never does.
 */
export async function untilStopped(handling: SignalHandling): Promise<void> {
  let stopping = false
  const call = (step: () => Promise<void>): void => {
    if (!stopping) step().catch(handling.reportFailure)
  }
  const poll = setInterval(() => {
    call(handling.onPoll)
  }, handling.pollMilliseconds)
  process.on('SIGHUP', () => {
    call(handling.onHangup)
  })
  await new Promise<void>((resolve) => {
    const stop = (): void => {
      process.off('SIGINT', stop)
      process.off('SIGTERM', stop)
      resolve()
    }
    process.on('SIGINT', stop)
    process.on('SIGTERM', stop)
  })
  stopping = true
  clearInterval(poll)
  handling.onStop()
  await setTimeout(handling.drainSeconds * 1000)
}
