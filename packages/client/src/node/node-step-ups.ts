import type { EpochSeconds, Requirement } from '@newel/policy'
import { ClientError } from '../errors.ts'
import { covers } from '../requirement.ts'
import { reaches } from '../hold-answer.ts'
import { servesOneCall } from '../serves-one-call.ts'
import type { NodeSession } from './node-session.ts'
import type { NodeSettings, Via } from './node-options.ts'
import type { NodeProvider } from './node-provider.ts'
import { requirementInWords } from './person-link.ts'
import { visitProvider } from './person-visit.ts'
import { errorOf, parseRefusal, refusalIn, type StepUpLine } from './step-up-line.ts'
import type { NodeTokens } from './stored-tokens.ts'

/** One wish to step up. */
export interface StepUpWish {
  readonly requirement: Requirement
  readonly via: Via
  readonly scope?: string
  /** The API that asks. Absent: the program itself. */
  readonly api?: string
  readonly signal?: AbortSignal
}

/** The call that an API challenged: a session that has come to reach the requirement since then ends the wait. */
export interface ChallengedCall {
  readonly tokens: NodeTokens
  /** On this machine's clock. */
  readonly sentAt: EpochSeconds
}

interface RunningStepUp {
  readonly requirement: Requirement
  readonly scope: string
  readonly result: Promise<NodeTokens>
  readonly cancel: (reason: unknown) => void
  waiting: number
  /** Somebody has what it came to; a proof for one call is then no other call's. */
  taken: boolean
}

/**
 * The step-ups of this process: one at a time, shared by every call that it serves, and in line with those of other
 * processes of the same login. A proof that an API lets pass once is one call's; the others ask again, one after the
 * other, until one is refused.
 */
export class NodeStepUps {
  readonly #settings: NodeSettings
  readonly #provider: NodeProvider
  readonly #session: NodeSession
  #running: RunningStepUp | undefined

  constructor(settings: NodeSettings, provider: NodeProvider, session: NodeSession) {
    this.#settings = settings
    this.#provider = provider
    this.#session = session
  }

  /** @throws StepUpError, ClientError, or the signal's reason */
  async reach(wish: StepUpWish, call?: ChallengedCall): Promise<NodeTokens> {
    const wishedAt = this.#settings.host.now()
    for (;;) {
      wish.signal?.throwIfAborted()
      const tokens = await this.#session.tokens()
      if (!tokens) throw new ClientError('login_required', 'nobody is logged in')
      // Another call, or another process, may have stepped up meanwhile.
      if (call && this.reachedSince(wish, call, tokens)) return tokens
      // Nothing is awaited from here to the start: two calls must not both find nobody at it.
      this.#running ??= this.#start(wish, call ?? { tokens, sentAt: wishedAt })
      const running = this.#running
      const served = this.#serves(running, wish)
      try {
        const reached = await wait(running, wish.signal)
        if (served && !(call && running.taken && this.#servesOneCall(wish, reached))) {
          running.taken = true
          return reached
        }
      } catch (error) {
        // The failure of another's step-up says nothing about this one.
        if (served || wish.signal?.aborted) throw error
      }
    }
  }

  /** Whether tokens came after the call went out, and reach what it lacked, for more calls than one. */
  reachedSince(
    wish: Pick<StepUpWish, 'requirement' | 'scope'>,
    call: { readonly tokens: Pick<NodeTokens, 'accessToken'>; readonly sentAt: EpochSeconds },
    tokens: NodeTokens,
  ): boolean {
    const { requirement, scope } = wish
    if (tokens.accessToken === call.tokens.accessToken || scope !== undefined) return false
    if (this.#servesOneCall(wish, tokens)) return false
    const { host, clockToleranceSeconds } = this.#settings
    const now = host.now() + tokens.clockOffsetSeconds
    return reaches(requirement, tokens, call.sentAt, now, {
      order: this.#provider.order,
      clockToleranceSeconds,
    })
  }

  #servesOneCall({ requirement }: Pick<StepUpWish, 'requirement'>, tokens: NodeTokens): boolean {
    const { order } = this.#provider
    const { clockToleranceSeconds } = this.#settings
    return servesOneCall(requirement, tokens, { order, clockToleranceSeconds })
  }

  #serves(
    running: Pick<RunningStepUp, 'requirement' | 'scope'>,
    { requirement, scope = '' }: StepUpWish,
  ): boolean {
    const asked = running.scope.split(' ')
    return (
      covers(running.requirement, requirement, this.#provider.order) &&
      scope.split(' ').every((item) => item === '' || asked.includes(item))
    )
  }

  #start(wish: StepUpWish, since: ChallengedCall): RunningStepUp {
    const abort = new AbortController()
    const run = async () => {
      try {
        const { stepUps } = this.#settings.tokens
        if (!stepUps) return await this.#ask(wish, since.tokens, abort.signal)
        return await this.#askInLine(stepUps, wish, since, abort.signal)
      } finally {
        this.#running = undefined
      }
    }
    const result = run()
    // Whoever waits hears of it; a step-up that all have left must not count as unhandled.
    result.catch(() => {})
    const { requirement, scope = '' } = wish
    return {
      requirement,
      scope,
      result,
      cancel: (reason) => abort.abort(reason),
      waiting: 0,
      taken: false,
    }
  }

  /** Ask the person when no other process does, unless that has brought what is needed, or their refusal. */
  async #askInLine(
    line: StepUpLine,
    wish: StepUpWish,
    since: ChallengedCall,
    signal: AbortSignal,
  ): Promise<NodeTokens> {
    const { host, onWaiting } = this.#settings
    const beganAt = host.now()
    const { requirement, scope = '' } = wish
    const { subject } = since.tokens.session
    const ask = async () => {
      const tokens = await this.#session.tokens()
      if (tokens?.session.subject !== subject) {
        throw new ClientError('login_required', 'the session ended while another process asked')
      }
      if (this.reachedSince(wish, since, tokens)) return tokens
      const refusal = parseRefusal(await line.read())
      const same = refusal?.subject === subject && this.#serves(refusal, wish)
      if (refusal && same && refusal.at >= beganAt) throw errorOf(refusal, requirement)
      try {
        const reached = await this.#ask(wish, tokens, signal)
        await line.write(undefined)
        return reached
      } catch (error) {
        const noted = refusalIn(error, { subject, requirement, scope, at: host.now() })
        if (noted) await line.write(JSON.stringify(noted))
        throw error
      }
    }
    const asks = requirementInWords(requirement, wish.api)
    // Nothing hangs on its being told.
    const tellOf = () => void (async () => onWaiting({ asks }))().catch(() => {})
    return line.exclusively(ask, signal, tellOf)
  }

  async #ask(
    wish: StepUpWish,
    { session: { subject }, key }: NodeTokens,
    signal: AbortSignal,
  ): Promise<NodeTokens> {
    const visit = { ...wish, subject, stepUp: true, signal, ...(key ? { key } : {}) }
    const tokens = await visitProvider(this.#settings, this.#provider, visit)
    signal.throwIfAborted()
    return this.#session.raise(tokens)
  }
}

/** Wait for a step-up, which goes on for the others when this caller gives up, and ends with the last. */
async function wait(running: RunningStepUp, signal: AbortSignal | undefined): Promise<NodeTokens> {
  running.waiting += 1
  const listening = new AbortController()
  const aborted = new Promise<undefined>((resolve) => {
    if (signal?.aborted) resolve(undefined)
    signal?.addEventListener('abort', () => resolve(undefined), { signal: listening.signal })
  })
  try {
    const tokens = await Promise.race([running.result, aborted])
    if (tokens) return tokens
    running.waiting -= 1
    if (running.waiting === 0) running.cancel(signal?.reason)
    throw signal?.reason
  } finally {
    listening.abort()
  }
}
