import { join } from 'node:path'
import { killAtEveryCall } from './kill-at-every-call.ts'
import { steps } from './steps.ts'

/** Kills the provider at every call of its store in every step, and prints what came of it. Exit code 1 where a promise was broken. */
let broken = 0
console.log('step             deaths  resumed  failed cleanly  broken')
for (const step of steps) {
  const outcomes = await killAtEveryCall(
    (folder) => ({ kind: 'sqlite', path: join(folder, 'newel.db') }),
    step,
    { every: Number(process.env.FAULT_EVERY ?? '1') },
  )
  const count = (ending: string): number =>
    outcomes.filter((outcome) => outcome.ending === ending).length
  broken += count('BROKEN')
  const cells = [outcomes.length, count('resumed'), count('failed cleanly'), count('BROKEN')]
  const widths = [6, 7, 14, 6]
  console.log(
    `${step.name.padEnd(15)}  ${cells.map((cell, at) => String(cell).padStart(widths[at] ?? 0)).join('  ')}`,
  )
  for (const { ending, point, detail } of outcomes) {
    if (ending === 'BROKEN') console.log(`  ${point.at} call ${point.call}: ${detail}`)
  }
}
process.exitCode = broken > 0 ? 1 : 0
