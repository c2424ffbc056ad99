import { join } from 'node:path'
import { postgresMissing, redisMissing, startPostgres, startRedis } from '@newel/testing'
import { clockCases, jumpInCase, jumps } from './clock-jumps.ts'
import { everyStep } from './every-step.ts'
import type { FaultDatabase } from './fault-database.ts'
import { killAtEveryCall } from './kill-at-every-call.ts'
import { type Outage, outageInSteps } from './outage.ts'
import { diskFull, diskMissing, postgresAway, postgresDiskFull, redisAway } from './outages.ts'
import { openScene } from './scene.ts'
import type { Ending } from './steps.ts'

type DatabaseIn = (folder: string) => Promise<FaultDatabase> | FaultDatabase

interface Tried {
  readonly ending: Ending | 'BROKEN'
  readonly detail?: string
}

/** Points to try: every one, or each `FAULT_EVERY`th. */
const every = Number(process.env.FAULT_EVERY ?? '1')
let broken = 0

function printHead(): void {
  console.log('fault                step           tried  resumed  failed cleanly  broken')
}

function printRow(fault: string, step: string, tried: readonly Tried[]): void {
  const count = (wanted: string): number => tried.filter(({ ending }) => ending === wanted).length
  broken += count('BROKEN')
  const cells = [tried.length, count('resumed'), count('failed cleanly'), count('BROKEN')]
  const widths = [5, 7, 14, 6]
  const row = cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  ')
  console.log(`${fault.padEnd(19)}  ${step.padEnd(13)}  ${row}`)
  for (const { ending, detail } of tried) if (ending === 'BROKEN') console.log(`  ${detail}`)
}

function printMissing(fault: string, missing: string): void {
  console.log(`${fault.padEnd(19)}  NOT TRIED: ${missing}`)
}

/** Kills the provider at every call of its store in every step. */
async function killOn(fault: string, databaseIn: DatabaseIn): Promise<void> {
  for (const step of everyStep) {
    const outcomes = await killAtEveryCall(databaseIn, step, { every })
    const tried = outcomes.map(({ ending, point, detail }) => ({
      ending,
      detail: `${point.at} call ${point.call}: ${detail}`,
    }))
    printRow(fault, step.name, tried)
  }
}

/** Takes something from the whole provider while visitors come, and gives it back. */
async function outageOf(fault: string, outage: Outage): Promise<void> {
  const outcomes = await outageInSteps(outage, everyStep)
  for (const step of new Set(outcomes.map((outcome) => outcome.step))) {
    const tried = outcomes.filter((outcome) => outcome.step === step)
    printRow(fault, step, tried)
  }
}

async function clockJumps(): Promise<void> {
  const scene = await openScene((folder) => ({ kind: 'sqlite', path: join(folder, 'n.db') }))
  for (const one of clockCases) {
    const tried: Tried[] = []
    for (const jump of jumps) {
      const { ending, detail } = await jumpInCase(scene, one, jump)
      tried.push({ ending, detail: `${jump[0]}: ${detail}` })
    }
    printRow('clock ±1 h, ±1 d', one.what, tried)
  }
  await scene.close()
}

async function onDisk(): Promise<void> {
  const missing = diskMissing()
  if (missing !== undefined) return printMissing('SQLite, disk full', missing)
  const disk = diskFull()
  try {
    await outageOf('SQLite, disk full', disk)
  } finally {
    disk.unmount()
  }
}

async function onPostgresDisk(): Promise<void> {
  const missing = postgresMissing() ?? diskMissing()
  if (missing !== undefined) return printMissing('PostgreSQL, disk', missing)
  const disk = await postgresDiskFull()
  try {
    await outageOf('PostgreSQL, disk', disk)
  } finally {
    await disk.unmount()
  }
}

async function onPostgres(): Promise<void> {
  const missing = postgresMissing()
  if (missing !== undefined) return printMissing('PostgreSQL', missing)
  const server = await startPostgres()
  try {
    await outageOf('PostgreSQL away', postgresAway(server))
    const redisIs = redisMissing()
    if (redisIs === undefined) {
      const redis = await startRedis()
      await outageOf('Redis away', redisAway(server, redis))
      await redis.stop()
    } else printMissing('Redis away', redisIs)
    await killOn('PostgreSQL, killed', async () => ({
      kind: 'postgres',
      url: await server.newDatabase(),
    }))
  } finally {
    await server.stop()
  }
}

printHead()
await clockJumps()
await onDisk()
await onPostgresDisk()
await onPostgres()
await killOn('SQLite, killed', (folder) => ({ kind: 'sqlite', path: join(folder, 'n.db') }))
process.exitCode = broken > 0 ? 1 : 0
