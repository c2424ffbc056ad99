/**
 * What a protected API pays for each request, beside the unprotected page and beside peers, in one run. Options:
 * `--only frameworks,live,first-sight,verification,memory` and `--distinct N`, tokens of the memory run.
 */
import { parseArgs } from 'node:util'
import { measureFirstSight, measureFramework } from './measure-frameworks.ts'
import type { RouteFigures } from './measure-frameworks.ts'
import { measureMemory } from './measure-memory.ts'
import { measureVerification } from './measure-verification.ts'

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'frameworks,live,first-sight,verification,memory' },
    distinct: { type: 'string', default: '300000' },
  },
})
const parts = new Set(values.only.split(','))
const algorithms = ['ES256', 'RS256', 'EdDSA'] as const

if (parts.has('frameworks')) {
  for (const framework of ['fastify', 'express', 'hono'] as const) {
    print(`${framework}, 1,000 live ES256 tokens in turn`, await measureFramework(framework, 1000))
  }
  print('fastify, one token', await measureFramework('fastify', 1))
}
if (parts.has('live')) {
  print('fastify, 100,000 live tokens in turn', await measureFramework('fastify', 100_000))
}
if (parts.has('first-sight')) {
  for (const algorithm of algorithms) {
    print(`fastify, every token new, ${algorithm}`, await measureFirstSight(algorithm))
  }
}
if (parts.has('verification')) {
  console.log('\nfirst sight without a framework, µs of CPU')
  for (const algorithm of algorithms) {
    const { newel, full, plain, signature, remembered, ofPlain, ofPlainFull } =
      await measureVerification(algorithm)
    console.log(
      `  ${algorithm.padEnd(6)} newel ${newel.toFixed(1)}, when full ${full.toFixed(1)}, ten lines of node:crypto ${plain.toFixed(1)}, signature alone ${signature.toFixed(1)}, seen before ${remembered.toFixed(2)}; ten lines of newel: ${ofPlain.toFixed(2)}, when full ${ofPlainFull.toFixed(2)}`,
    )
  }
}
if (parts.has('memory')) {
  const count = Number(values.distinct)
  const resident = await measureMemory(count)
  const shown = resident.map((megabytes) => megabytes.toFixed(0)).join(' ')
  console.log(`\nresident MB after each tenth of ${count} distinct tokens: ${shown}`)
}

function print(title: string, figures: readonly RouteFigures[]): void {
  console.log(`\n${title}: medians of 7 interleaved rounds`)
  const protectedCost = figures.find(({ name }) => name === 'newel')?.cpuMicroseconds
  for (const { name, cpuMicroseconds, ofOpen } of figures) {
    const ofProtected =
      name === 'newel, refused' && protectedCost !== undefined
        ? `   ${(protectedCost / cpuMicroseconds).toFixed(2)} of the page it protects`
        : ''
    console.log(
      `  ${name.padEnd(28)} ${cpuMicroseconds.toFixed(1).padStart(7)} µs CPU   ${ofOpen.toFixed(2)} of unprotected${ofProtected}`,
    )
  }
}
