/** The provider under load: what is measured, and how to read it, is in docs/performance.md. */
import { setTimeout } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { postgresMissing, redisMissing, startPostgres, startRedis } from '@newel/testing'
import { startCluster } from './cluster.ts'
import { gather } from './crowd.ts'
import {
  type Loaded,
  type Side,
  measureNodes,
  measureOfBare,
  measureOverload,
  measureRise,
  measureStorm,
} from './figures.ts'
import { soak } from './soak.ts'

const { values } = parseArgs({
  options: { soak: { type: 'string' }, rounds: { type: 'string' }, only: { type: 'string' } },
})
/** So many that a round of step-ups does not wait for the next code: the node's idle time would count as theirs. */
const peopleOfOne = 500
const rounds = Number(values.rounds ?? '5')
const wanted = (part: string): boolean => values.only === undefined || values.only === part

if (values.soak === undefined) {
  await onOneNode()
  if (wanted('nodes')) await onSeveralNodes()
} else {
  await soak(Number(values.soak))
}

async function onOneNode(): Promise<void> {
  const cluster = await startCluster({ nodes: 1, people: peopleOfOne })
  const crowd = await gather(cluster)
  try {
    if (wanted('rise')) {
      console.log('\none node on SQLite, rising concurrency')
      for (const load of await measureRise(cluster, crowd, [1, 4, 16])) console.log(row(load))
    }
    if (wanted('bare')) {
      const bare = await measureOfBare(cluster, crowd, rounds)
      console.log(
        `\nCPU of the protocol library's bare code flow: ${bare.bareCpuMilliseconds.toFixed(2)} ms`,
      )
      console.log(figure('our code flow, of it', bare.codeFlowOfBare))
      console.log(figure('a step-up by one-time code, of it', bare.stepUpOfBare, '≤ 4'))
    }
    if (wanted('storm')) {
      const storm = await measureStorm(crowd, rounds)
      console.log(
        `\nrefresh beside 32 lanes of logins by password: p99 ${storm.quietP99.toFixed(1)} ms, then ${storm.stormP99.toFixed(1)} ms; ${storm.refused} logins refused`,
      )
      console.log(figure('p99 in the storm, of the quiet one', storm.p99Ratio, '≤ 3'))
    }
    if (wanted('overload')) {
      const over = await measureOverload(cluster, 10)
      console.log(
        `\n${over.lanes} requests at once, four times the limit: ${over.answered} answered, ${over.refused} refused with 503`,
      )
      console.log(figure('answered, of what the limit gets', over.answeredOfSaturated))
      console.log(figure('anything else', over.otherwise, '0'))
      console.log(figure('memory at the end, of the middle', over.memoryGrowth, '≤ 1.1'))
    }
  } finally {
    await cluster.stop()
  }
}

async function onSeveralNodes(): Promise<void> {
  const missing = postgresMissing() ?? redisMissing()
  if (missing !== undefined) {
    console.log(`\nthree nodes: not measured, ${missing}`)
    return
  }
  const postgres = await startPostgres()
  const redis = await startRedis()
  const database = async () => ({ url: await postgres.newDatabase(), redisUrl: redis.url })
  const start = async (nodes: number): Promise<Side> => {
    const cluster = await startCluster({ nodes, people: 100 * nodes, database: await database() })
    return { cluster, crowd: await gather(cluster) }
  }
  const sides: Side[] = []
  try {
    for (let node = 0; node < 3; node += 1) sides.push(await start(1))
    const shared = await start(3)
    sides.push(shared)
    const ratios = await measureNodes(sides.slice(0, 3), shared, rounds)
    console.log(
      '\nthree nodes on one PostgreSQL and Redis, of one with its own and a third of the cores',
    )
    console.log(figure('code flow', ratios.codeFlow, '≥ 2.4'))
    console.log(figure('refresh', ratios.refresh, '≥ 2.4'))
    console.log(figure('step-up by one-time code', ratios.stepUp, '≥ 2.4'))
  } finally {
    for (const { cluster } of sides) await cluster.stop()
    await setTimeout(100)
    await redis.stop()
    await postgres.stop()
  }
}

function row({
  what,
  lanes,
  perSecond,
  p50,
  p95,
  p99,
  cpuMilliseconds,
  megabytes,
  failures,
}: Loaded): string {
  const cells = [
    `${lanes} at once`.padStart(11),
    `${perSecond.toFixed(0)} /s`.padStart(8),
    `p50 ${p50.toFixed(0)}`.padStart(8),
    `p95 ${p95.toFixed(0)}`.padStart(8),
    `p99 ${p99.toFixed(0)} ms`.padStart(12),
    `${cpuMilliseconds.toFixed(1)} ms CPU`.padStart(12),
    `${megabytes.toFixed(0)} MB`.padStart(8),
    failures.length === 0 ? '' : `${failures.length} failed: ${failures[0]}`,
  ]
  return `  ${what.padEnd(28)}${cells.join(' ')}`
}

function figure(name: string, value: number, goal?: string): string {
  const shown = Number.isInteger(value) ? String(value) : value.toFixed(2)
  return `  ${name.padEnd(40)}${shown.padStart(7)}${goal === undefined ? '' : `   goal ${goal}`}`
}
