import { join } from 'node:path'
import { postgresMissing, startPostgres } from '@newel/testing'
import type { FaultDatabase } from './fault-database.ts'
import { killAtEveryCall } from './kill-at-every-call.ts'
import { steps } from './steps.ts'

type DatabaseIn = (folder: string) => Promise<FaultDatabase> | FaultDatabase

/** Points to try: every one, or each `FAULT_EVERY`th. */
const every = Number(process.env.FAULT_EVERY ?? '1')

/** Kills the provider at every call of its store in every step, and prints what came of it; tells how much was broken. */
async function killOn(database: string, databaseIn: DatabaseIn): Promise<number> {
  let broken = 0
  for (const step of steps) {
    const outcomes = await killAtEveryCall(databaseIn, step, { every })
    const count = (ending: string): number =>
      outcomes.filter((outcome) => outcome.ending === ending).length
    broken += count('BROKEN')
    const cells = [outcomes.length, count('resumed'), count('failed cleanly'), count('BROKEN')]
    const widths = [6, 7, 14, 6]
    const row = cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  ')
    console.log(`${database.padEnd(10)}  ${step.name.padEnd(13)}  ${row}`)
    for (const { ending, point, detail } of outcomes) {
      if (ending === 'BROKEN') console.log(`  ${point.at} call ${point.call}: ${detail}`)
    }
  }
  return broken
}

console.log('database    step           deaths  resumed  failed cleanly  broken')
let broken = await killOn('SQLite', (folder) => ({ kind: 'sqlite', path: join(folder, 'n.db') }))
const missing = postgresMissing()
if (missing === undefined) {
  const server = await startPostgres()
  broken += await killOn('PostgreSQL', async () => ({
    kind: 'postgres',
    url: await server.newDatabase(),
  }))
  await server.stop()
} else {
  console.log(`PostgreSQL  NOT TRIED: ${missing}`)
}
process.exitCode = broken > 0 ? 1 : 0
