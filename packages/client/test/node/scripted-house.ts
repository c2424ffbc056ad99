import { createMemoryTokenStore, createNodeClient, type NodeClientOptions } from '../../src/node.ts'
import { FixedClock } from '../fixed-clock.ts'
import { ScriptedApi } from '../scripted-api.ts'
import { ScriptedProvider } from '../scripted-provider.ts'

/** A provider and an API that answer as the case says, and clients whose person agrees to everything. */
export class ScriptedHouse {
  readonly clock: FixedClock
  readonly provider: ScriptedProvider
  readonly api: ScriptedApi
  tokens = createMemoryTokenStore()
  #made = 0

  private constructor(provider: ScriptedProvider, api: ScriptedApi, clock: FixedClock) {
    this.provider = provider
    this.api = api
    this.clock = clock
  }

  static async open(): Promise<ScriptedHouse> {
    const clock = new FixedClock()
    const provider = await ScriptedProvider.start(clock)
    provider.person = { sub: 'alice', acr: 'basic', amr: ['pwd'], authTime: clock.now - 60 }
    return new ScriptedHouse(provider, await ScriptedApi.start(), clock)
  }

  async close(): Promise<void> {
    await Promise.all([this.provider.stop(), this.api.stop()])
  }

  client(options: Partial<NodeClientOptions> = {}) {
    return createNodeClient({
      issuer: this.provider.issuer,
      clientId: 'bank',
      apiOrigins: [this.api.origin],
      tokens: this.tokens,
      open: async (url) => {
        const answer = await fetch(url, { redirect: 'manual' })
        void fetch(answer.headers.get('location') ?? '')
      },
      host: {
        fetch: (input, init) => fetch(input, init),
        now: () => this.clock.now,
        randomToken: () => `token-${(this.#made += 1)}-token-token-token-token-token-token`,
        wait: (_, signal) =>
          new Promise((_resolve, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason as Error))
          }),
      },
      ...options,
    })
  }
}
