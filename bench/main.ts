/** Measures the provider and a protected API in one run and prints a table. Ratios travel between machines; figures do not. */
import { measureStepUps } from './step-ups.ts'

const provider = await measureStepUps()
console.log('provider (SQLite on disk, one process), medians of 7 interleaved rounds')
console.log(
  row(
    'code flow in a live session',
    provider.codeFlowsPerSecond,
    `${provider.codeFlowCpuMilliseconds.toFixed(2)} ms CPU`,
  ),
)
console.log(
  row(
    'step-up by one-time code',
    provider.stepUpsPerSecond,
    `${provider.stepUpCpuMilliseconds.toFixed(2)} ms CPU`,
  ),
)
console.log(`  CPU of a step-up, of a code flow: ${provider.ratio.toFixed(2)}`)

// The protected API prints its own table.
await import('./resource-server/main.ts')

function row(name: string, perSecond: number, cpu: string): string {
  return `  ${name.padEnd(30)} ${perSecond.toFixed(0).padStart(7)} /s   ${cpu}`
}
