import { type ChildProcess, fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** A server in a process of its own, so that its CPU is its own. */
export class MeasuredProcess<Ready> {
  readonly #child: ChildProcess
  readonly ready: Ready

  private constructor(child: ChildProcess, ready: Ready) {
    this.#child = child
    this.ready = ready
  }

  static async start<Ready>(module: string): Promise<MeasuredProcess<Ready>> {
    const child = fork(fileURLToPath(new URL(module, import.meta.url)), {
      execArgv: ['--conditions=newel-source'],
    })
    return new MeasuredProcess<Ready>(child, (await nextMessage(child)) as Ready)
  }

  /** CPU that the process has used so far, in milliseconds. */
  async cpuMilliseconds(): Promise<number> {
    const answer = nextMessage(this.#child)
    this.#child.send('cpu')
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

/** The child's side: tells that it is ready, answers for its CPU, stops when told. */
export function serveMeasurements(ready: unknown, stop: () => Promise<void>): void {
  process.on('message', (message) => {
    if (message === 'cpu') {
      const { user, system } = process.cpuUsage()
      process.send?.((user + system) / 1000)
    }
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
