import { DatabaseSync } from 'node:sqlite'
import { setTimeout } from 'node:timers/promises'
import { startCluster } from './cluster.ts'
import { gather } from './crowd.ts'
import { runUntil } from './load.ts'

/** How often figures are taken, in seconds. */
const slice = 10

interface Slice {
  readonly pieces: number
  readonly cpuMilliseconds: number
  readonly megabytes: number
  /** Rows whose time is over, and that a maintenance of this slice should have removed. */
  readonly stale: number
  readonly rows: number
}

/** The same mixed load for `minutes`: a piece of work has to cost the same at the end, and what is over has to go. */
export async function soak(minutes: number): Promise<void> {
  const cluster = await startCluster({ nodes: 1, people: 64 })
  const crowd = await gather(cluster)
  if (!('path' in cluster.database)) throw new Error('the soak runs on SQLite')
  const database = new DatabaseSync(cluster.database.path, { readOnly: true, timeout: 5000 })
  const count = (where: string): number => {
    const found = database.prepare(`select count(*) as n from artifact where ${where}`).get()
    return Number(found?.['n'])
  }
  const slices: Slice[] = []
  let pieces = 0
  let over = false
  const counted = (work: () => Promise<void>) => async (): Promise<void> => {
    await work()
    pieces += 1
  }
  // Ten lanes whose sum is a busy hour: mostly refreshes and flows, a login now and then.
  const running = [
    runUntil(4, () => over, counted(crowd.codeFlow)),
    runUntil(4, () => over, counted(crowd.refresh)),
    runUntil(1, () => over, counted(crowd.login)),
    runUntil(1, () => over, counted(crowd.stepUp)),
  ]
  console.log(`soak of ${minutes} min on SQLite: one line for every ${slice} s`)
  for (let at = 0; at < Math.max(6, (minutes * 60) / slice); at += 1) {
    const before = { pieces, cpu: await cluster.cpuMilliseconds() }
    await setTimeout(slice * 1000)
    const done = pieces - before.pieces
    const measured: Slice = {
      pieces: done,
      cpuMilliseconds: ((await cluster.cpuMilliseconds()) - before.cpu) / done,
      megabytes: (await cluster.memoryBytes()) / 2 ** 20,
      stale: count(`expires_at < ${Math.floor(Date.now() / 1000) - 2 * slice}`),
      rows: count('true'),
    }
    slices.push(measured)
    console.log(
      `  ${String(measured.pieces).padStart(6)} pieces   ${measured.cpuMilliseconds.toFixed(2)} ms CPU each   ${measured.megabytes.toFixed(0)} MB   ${measured.rows} rows, ${measured.stale} stale`,
    )
  }
  over = true
  const failures = (await Promise.all(running)).flatMap((load) => load.failures)
  database.close()
  await cluster.stop()
  const third = Math.floor(slices.length / 3)
  const ratio = (of: (measured: Slice) => number): number =>
    mean(slices.slice(2 * third).map(of)) / mean(slices.slice(third, 2 * third).map(of))
  console.log(
    `  cost at the end, of the middle: ${ratio((one) => one.cpuMilliseconds).toFixed(2)}   goal ≤ 1.1`,
  )
  console.log(
    `  memory at the end, of the middle: ${ratio((one) => one.megabytes).toFixed(2)}   goal ≤ 1.1`,
  )
  console.log(`  stale rows at the end: ${slices.at(-1)?.stale}   goal 0`)
  console.log(`  failures: ${failures.length}   ${failures[0] ?? ''}`)
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
