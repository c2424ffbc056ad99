import { Worker } from 'node:worker_threads'
import type { HashTask } from './hash-worker.ts'

interface Waiting {
  readonly resolve: (result: string | boolean) => void
  readonly reject: (error: Error) => void
}

interface HashThread {
  readonly worker: Worker
  readonly waiting: Map<number, Waiting>
}

const threads: HashThread[] = []
let lastId = 0

/**
 * Computes on a thread that gives way to everything else, and keeps the process from ending only while it computes. Each
 * that computes at once has a thread of its own, which is kept. The queue bounds how many there are.
 */
export async function onHashThread(task: HashTask): Promise<string | boolean> {
  const thread = threads.find(({ waiting }) => waiting.size === 0) ?? startThread()
  lastId += 1
  const id = lastId
  thread.worker.ref()
  return new Promise((resolve, reject) => {
    thread.waiting.set(id, { resolve, reject })
    thread.worker.postMessage({ id, task })
  })
}

function startThread(): HashThread {
  // Named by the file that runs: sources as they are, or what was built of them.
  const worker = new Worker(
    import.meta.url.endsWith('.ts')
      ? new URL('hash-worker.ts', import.meta.url)
      : new URL('hash-worker.js', import.meta.url),
  )
  const thread: HashThread = { worker, waiting: new Map() }
  worker.unref()
  worker.on('message', (answer: HashAnswer) => {
    const waiting = thread.waiting.get(answer.id)
    thread.waiting.delete(answer.id)
    if (thread.waiting.size === 0) worker.unref()
    if (answer.result === undefined) waiting?.reject(new Error(answer.error))
    else waiting?.resolve(answer.result)
  })
  const end = (error: Error): void => {
    const at = threads.indexOf(thread)
    if (at >= 0) threads.splice(at, 1)
    for (const { reject } of thread.waiting.values()) reject(error)
    thread.waiting.clear()
  }
  worker.once('error', end)
  worker.once('exit', () => {
    end(new Error('the thread that hashes ended'))
  })
  threads.push(thread)
  return thread
}

interface HashAnswer {
  readonly id: number
  readonly result?: string | boolean
  readonly error?: string
}
