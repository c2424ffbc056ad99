import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** Further options for Node in the measured processes, such as `--cpu-prof --cpu-prof-dir=profiles`. */
const nodeOptions = (process.env['BENCH_NODE_OPTIONS'] ?? '')
  .split(' ')
  .filter((part) => part !== '')

/** A server in a process of its own, so that its CPU is its own. */
export class MeasuredProcess<Ready> {
  readonly #child: ChildProcess
  readonly ready: Ready

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child
    this.ready = ready
  }

  static async start<Ready>(
    module: string,
    env: Readonly<Record<string, string>> = {},
  ): Promise<MeasuredProcess<Ready>> {
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
      execArgv: ['--conditions=newel-source', ...nodeOptions],
      env: { ...process.env, ...env },
    })
    return new MeasuredProcess<Ready>(child, (await nextMessage(child)) as Ready)
  }

  /** CPU that the process has used so far, in milliseconds. */
  async cpuMilliseconds(): Promise<number> {
    return this.#ask('cpu')
  }

  /** Resident memory of the process, in bytes. */
  async memoryBytes(): Promise<number> {
    return this.#ask('memory')
  }

  async #ask(what: string): Promise<number> {
    const answer = nextMessage(this.#child)
    this.#child.send(what)
    return Number(await answer)
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => {
      this.#child.once('exit', resolve)
    })
    this.#child.send('stop')
    await gone
  }
}

/** The child's side: tells that it is ready, answers for its CPU and memory, stops when told. */
export function serveMeasurements(ready: unknown, stop: () => Promise<void>): void {
  process.on('message', (message) => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage()
      process.send?.((user + system) / 1000)
    }
    if (message === 'memory') process.send?.(process.memoryUsage.rss())
    if (message === 'stop') {
      void stop().then(() => {
        process.exit(0)
      })
    }
  })
  process.send?.(ready)
}

async function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const ended = (code: number | null): void => {
      reject(new Error(`the measured process ended with ${code}`))
    }
    child.once('exit', ended)
    child.once('message', (message) => {
      child.off('exit', ended)
      resolve(message)
    })
  })
}
