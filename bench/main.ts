/** Measures the provider and a protected API in one run and prints a table. Ratios travel between machines; figures do not. */
import { measureApi } from './protected-api.ts'
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

const api = await measureApi()
console.log('\nAPI on Fastify, 1,000 live ES256 tokens, medians of 7 interleaved rounds')
for (const [name, load] of [
  ['unprotected', api.open],
  ['protected', api.protected],
  ['refused with a challenge', api.refused],
] as const) {
  console.log(row(name, load.perSecond, `${load.cpuMicroseconds.toFixed(1)} µs CPU`))
}
console.log(`  protected, of unprotected: ${api.protectedOfOpen.toFixed(2)}`)
console.log(`  refused, of unprotected:   ${api.refusedOfOpen.toFixed(2)}`)

function row(name: string, perSecond: number, cpu: string): string {
  return `  ${name.padEnd(30)} ${perSecond.toFixed(0).padStart(7)} /s   ${cpu}`
}
