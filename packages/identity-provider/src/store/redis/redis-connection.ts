import { Redis } from 'iovalkey'
import { StoreError } from '../store-error.ts'

/**
 * The one place that knows the driver. A command fails at once while the server is away: nothing queues up, and nothing
 * is sent a second time, for it may have been done the first time.
 */
export class RedisConnection {
  readonly #client: Redis
  readonly #prefix: string
  #closed = false

  constructor(url: string, prefix: string, timeoutMilliseconds: number) {
    this.#prefix = prefix
    this.#client = new Redis(url, {
      lazyConnect: true,
      connectTimeout: timeoutMilliseconds,
      commandTimeout: timeoutMilliseconds,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      retryStrategy: (times) => Math.min(times * 50, 1000),
    })
    // Every call says so by itself; without a listener the driver writes to the console.
    this.#client.on('error', () => {})
  }

  async open(): Promise<void> {
    await this.#guarded(async () => this.#client.connect())
  }

  /** Runs a script, which is one atomic step. Keys get the prefix; a script that makes up keys gets it as `ARGV[1]`. */
  async run(
    script: string,
    keys: readonly string[],
    values: readonly (string | number)[],
  ): Promise<unknown> {
    const prefixed = keys.map((key) => this.#prefix + key)
    return this.#guarded(async () =>
      this.#client.eval(script, prefixed.length, ...prefixed, this.#prefix, ...values),
    )
  }

  close(): void {
    this.#closed = true
    this.#client.disconnect()
  }

  /** The driver's errors carry the command with its values, which are secret: they go no further. */
  async #guarded<Result>(step: () => Promise<Result>): Promise<Result> {
    if (this.#closed) throw new StoreError('store_closed', 'the store is closed')
    try {
      return await step()
    } catch (error) {
      if (error instanceof Error && error.message.startsWith('OOM')) {
        throw new StoreError('store_full', 'Redis has no memory left')
      }
      throw new StoreError('store_unavailable', 'Redis does not answer as it should')
    }
  }
}
