import type { ClientError } from '../errors.ts'
import type { BrowserHost } from './browser-host.ts'
import type { ClientEventListener } from './client-event.ts'

/** A call that a redirect interrupted, and what came of it afterwards. */
export interface ResumedCall {
  readonly url: string
  readonly method: string
  /** What the API answered. Absent: it did not come to that, see `error`. */
  readonly response?: Response
  /** `step_up_failed` where the API still asks for more; a `TypeError` of `fetch` where it was not reached. */
  readonly error?: ClientError | TypeError
}

/** Keeps calls while the page is away; made by `parkedCalls()`. */
export interface CallParking {
  /**
   * Keep calls under the `state` of the trip that interrupts them, or say why that cannot be. Calls that join the list
   * meanwhile are kept as well.
   */
  park(state: string, calls: readonly Request[]): Promise<string | undefined>
  /** Send the calls kept under this `state`, each once. Nothing is kept any more afterwards, whatever becomes of them. */
  resume(
    state: string,
    send: (call: Request) => Promise<Response>,
    emit: ClientEventListener,
  ): Promise<readonly ResumedCall[]>
  /** Forget the calls of one trip; of all where no `state` is given. */
  forget(state?: string): Promise<void>
}

/** What the keeping of calls needs of the client. */
export interface ParkingContext {
  /** Calls to others are not kept. */
  readonly apiOrigins: ReadonlySet<string>
  readonly host: Pick<BrowserHost, 'now' | 'randomToken'>
}

export type CallParkingFactory = (context: ParkingContext) => CallParking
