import { readlinkSync } from 'node:fs'
import { setPriority } from 'node:os'
import { basename } from 'node:path'
import { parentPort } from 'node:worker_threads'
import { type Options, hashSync, verifySync } from '@node-rs/argon2'

/** What a thread of {@link hashThreads} is asked. */
export type HashTask =
  | {
      readonly kind: 'hash'
      readonly password: Uint8Array
      readonly options: Options & { readonly salt: Uint8Array }
    }
  | { readonly kind: 'verify'; readonly phc: string; readonly password: Uint8Array }

/** Beside one at 0, where both want all of a processor, a thread at 5 is given a quarter of it. */
const niceness = 5

yieldToOthers()
parentPort?.on('message', ({ id, task }: { readonly id: number; readonly task: HashTask }) => {
  parentPort?.postMessage({ id, ...outcomeOf(task) })
})

function outcomeOf(
  task: HashTask,
): { readonly result: string | boolean } | { readonly error: string } {
  try {
    return {
      result:
        task.kind === 'hash'
          ? hashSync(task.password, task.options)
          : verifySync(task.phc, task.password),
    }
  } catch (error) {
    return { error: error instanceof Error ? error.message : 'argon2 failed' }
  }
}

/** Linux keeps a priority for each thread. Elsewhere it would be that of the whole process, and is left alone. */
function yieldToOthers(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), niceness)
  } catch {
    // No such file, or not allowed: it works all the same.
  }
}
