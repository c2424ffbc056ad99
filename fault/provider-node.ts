import { type ChildProcess, fork } from 'node:child_process'
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ChildAnswer, ChildOrder, ChildTask, NotReady } from './provider-child.ts'
import type { AnsweredCall, KillPoint } from './store-with-faults.ts'

export interface NodeOptions extends Omit<ChildTask, 'lastWords' | 'clockOffset'> {
  readonly folder: string
}

/** One provider in a process of its own, which can be made to die and started again. */
export class ProviderNode {
  readonly #options: NodeOptions
  readonly #lastWords: string
  #child: ChildProcess | undefined
  #clockOffset = 0

  constructor(options: NodeOptions) {
    this.#options = options
    this.#lastWords = join(options.folder, `last-words-${options.port}.json`)
  }

  async start(): Promise<void> {
    rmSync(this.#lastWords, { force: true })
    const { port, issuer, database, key, relyingParty } = this.#options
    const task: ChildTask = {
      port,
      issuer,
      database,
      key,
      ...(relyingParty !== undefined && { relyingParty }),
      lastWords: this.#lastWords,
      clockOffset: this.#clockOffset,
    }
    const child = fork(
      fileURLToPath(new URL('provider-child.ts', import.meta.url)),
      [JSON.stringify(task)],
      { execArgv: ['--conditions=newel-source'] },
    )
    this.#child = child
    await nextMessage(child)
  }

  /** The process will die at this call of its store, counted from now; without a point it only counts. */
  async arm(point?: KillPoint): Promise<void> {
    await this.#order({ order: 'arm', ...(point && { point }) })
  }

  async calls(): Promise<number> {
    return (await this.#order({ order: 'calls' })).calls
  }

  /** What it tells a load balancer. */
  async readiness(): Promise<readonly NotReady[]> {
    return (await this.#order({ order: 'readiness' })).notReady
  }

  /** Lets a new signing key sign. Rejects where the process dies of it. */
  async rotateKeys(): Promise<void> {
    await this.#order({ order: 'rotate' })
  }

  /** What a node does now and then. */
  async maintain(): Promise<void> {
    await this.#order({ order: 'maintain' })
  }

  /** Ends all sessions of an account, as its operator would. Rejects where the process dies of it. */
  async endSessions(accountId: string): Promise<void> {
    await this.#order({ order: 'end', accountId })
  }

  /** Seconds ahead of the system's clock; also after the next start. */
  async setClockOffset(seconds: number): Promise<void> {
    this.#clockOffset = seconds
    if (this.alive) await this.#order({ order: 'offset', seconds })
  }

  get clockOffset(): number {
    return this.#clockOffset
  }

  get alive(): boolean {
    return (
      this.#child !== undefined &&
      this.#child.exitCode === null &&
      !this.#child.killed &&
      this.#child.signalCode === null
    )
  }

  /** What the store answered as the last thing. Absent: it died before the call, or did not die. */
  lastWords(): AnsweredCall | undefined {
    return existsSync(this.#lastWords)
      ? (JSON.parse(readFileSync(this.#lastWords, 'utf8')) as AnsweredCall)
      : undefined
  }

  async kill(): Promise<void> {
    const child = this.#child
    if (child === undefined || !this.alive) return
    const gone = new Promise((resolve) => {
      child.once('exit', resolve)
    })
    child.kill('SIGKILL')
    await gone
  }

  /** Resolves when the process that was armed is gone; false where it outlives the wait. */
  async died(withinMilliseconds: number): Promise<boolean> {
    const child = this.#child
    if (child === undefined || !this.alive) return true
    return new Promise((resolve) => {
      const waited = setTimeout(() => {
        resolve(false)
      }, withinMilliseconds)
      child.once('exit', () => {
        clearTimeout(waited)
        resolve(true)
      })
    })
  }

  async #order(order: ChildOrder): Promise<ChildAnswer> {
    const child = this.#child
    if (child === undefined) throw new Error('the provider was not started')
    const answer = nextMessage(child)
    child.send(order)
    const said = (await answer) as ChildAnswer
    if (said.failed !== undefined) throw new OrderFailed(said.failed)
    return said
  }
}

/** The provider lives, and could not do it. */
export class OrderFailed extends Error {}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (): void => {
      child.off('message', heard)
      reject(new Error('the provider has died'))
    }
    const heard = (message: unknown): void => {
      child.off('exit', ended)
      resolve(message)
    }
    child.once('exit', ended)
    child.once('message', heard)
  })
}
