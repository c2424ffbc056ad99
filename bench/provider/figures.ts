import autocannon from 'autocannon'
import { authorizationRequest, Visitor } from '@newel/testing/house'
import { MeasuredProcess } from '../measured-process.ts'
import { median } from '../median.ts'
import type { Cluster } from './cluster.ts'
import type { Crowd } from './crowd.ts'
import { codeFlow } from './journeys.ts'
import { type Measured, type Work, runLoad, runUntil } from './load.ts'
import { redirectUri, resource } from './policy.ts'

export interface Loaded extends Measured {
  readonly what: string
  readonly lanes: number
  readonly cpuMilliseconds: number
  readonly megabytes: number
}

/** Each kind of work under rising concurrency. */
export async function measureRise(
  cluster: Cluster,
  crowd: Crowd,
  lanes: readonly number[],
): Promise<readonly Loaded[]> {
  const loads: Loaded[] = []
  for (const count of lanes) {
    for (const [what, work, pieces] of [
      ['login by password', crowd.login, 48],
      ['code flow in a live session', crowd.codeFlow, 160],
      ['step-up by one-time code', crowd.stepUp, 48],
      ['refresh', crowd.refresh, 320],
    ] as const) {
      loads.push(await measureLoad(cluster, { what, lanes: count, pieces, work }))
    }
  }
  return loads
}

async function measureLoad(
  cluster: Cluster,
  { what, lanes, pieces, work }: { what: string; lanes: number; pieces: number; work: Work },
): Promise<Loaded> {
  const before = await cluster.cpuMilliseconds()
  const measured = await runLoad(lanes, pieces, work)
  const cpu = (await cluster.cpuMilliseconds()) - before
  return {
    ...measured,
    what,
    lanes,
    cpuMilliseconds: cpu / measured.count,
    megabytes: (await cluster.memoryBytes()) / 2 ** 20,
  }
}

/** CPU of one piece of work, in milliseconds. */
async function cpuOf(
  { cpuMilliseconds }: Pick<Cluster, 'cpuMilliseconds'>,
  pieces: number,
  work: Work,
  lanes = 8,
): Promise<number> {
  const before = await cpuMilliseconds()
  const { failures } = await runLoad(lanes, pieces, work)
  // A machine that is busy with other things breaks a connection now and then, which is not the provider's doing.
  if (failures.length > pieces / 50) throw new Error(failures[0])
  return ((await cpuMilliseconds()) - before) / pieces
}

export interface OfBare {
  readonly bareCpuMilliseconds: number
  readonly codeFlowOfBare: number
  readonly stepUpOfBare: number
}

/** Our code flow and step-up, of a code flow of the protocol library alone in memory; interleaved. */
export async function measureOfBare(
  cluster: Cluster,
  crowd: Crowd,
  rounds: number,
): Promise<OfBare> {
  const server = await MeasuredProcess.start<{ issuer: string }>('./provider/bare-process.ts')
  const bare = { cpuMilliseconds: async () => server.cpuMilliseconds() }
  const { issuer } = server.ready
  const visitors = Array.from({ length: 16 }, () => new Visitor(issuer))
  let at = 0
  const bareFlow = async (): Promise<void> => {
    const visitor = visitors[at % visitors.length]
    at += 1
    if (visitor !== undefined) await codeFlow(issuer, visitor)
  }
  try {
    // Signs everybody in, and lets the compiler see the code.
    await cpuOf(bare, 160, bareFlow)
    await cpuOf(cluster, 160, crowd.codeFlow)
    const figures = []
    for (let round = 0; round < rounds; round += 1) {
      figures.push({
        bare: await cpuOf(bare, 96, bareFlow),
        flow: await cpuOf(cluster, 96, crowd.codeFlow),
        stepUp: await cpuOf(cluster, Math.max(16, Math.min(48, crowd.freshCodes())), crowd.stepUp),
      })
    }
    return {
      bareCpuMilliseconds: median(figures.map(({ bare: cpu }) => cpu)),
      codeFlowOfBare: median(figures.map(({ bare: cpu, flow }) => flow / cpu)),
      stepUpOfBare: median(figures.map(({ bare: cpu, stepUp }) => stepUp / cpu)),
    }
  } finally {
    await server.stop()
  }
}

/** Rounds before any is counted: until then the compiler sees the code, in six processes. */
const warmRounds = 3

/** Nodes with people of their own. */
export interface Side {
  readonly cluster: Cluster
  readonly crowd: Crowd
}

/**
 * What nodes that share their stores do, of what one does that has its own, with the same share of the cores: as many
 * as there are nodes, where sharing costs nothing. `alone` are as many nodes by themselves, all busy at once, so that
 * both sides have as many processes to share the cores with. By the CPU that each piece of work takes; interleaved.
 */
export async function measureNodes(
  alone: readonly Side[],
  shared: Side,
  rounds: number,
): Promise<Readonly<Record<'codeFlow' | 'refresh' | 'stepUp', number>>> {
  const lanes = 8
  const pieces = { codeFlow: 160, refresh: 320, stepUp: 40 } as const
  const kinds = ['codeFlow', 'refresh', 'stepUp'] as const
  const ratios: Record<(typeof kinds)[number], number[]> = { codeFlow: [], refresh: [], stepUp: [] }
  for (let round = -warmRounds; round < rounds; round += 1) {
    for (const kind of kinds) {
      const each = await Promise.all(
        alone.map(async ({ cluster, crowd }) => cpuOf(cluster, pieces[kind], crowd[kind], lanes)),
      )
      const ofAlone = each.reduce((sum, cpu) => sum + cpu, 0) / alone.length
      const ofShared = await cpuOf(
        shared.cluster,
        alone.length * pieces[kind],
        shared.crowd[kind],
        alone.length * lanes,
      )
      if (round >= 0) ratios[kind].push((alone.length * ofAlone) / ofShared)
    }
  }
  return {
    codeFlow: median(ratios.codeFlow),
    refresh: median(ratios.refresh),
    stepUp: median(ratios.stepUp),
  }
}

export interface Storm {
  /** p99 of refresh under a storm of logins by password, of the same without it. */
  readonly p99Ratio: number
  readonly quietP99: number
  readonly stormP99: number
  readonly refused: number
}

const stormLanes = 32

/** Refresh alone, and while a storm of logins by password is under way. */
export async function measureStorm(crowd: Crowd, rounds: number): Promise<Storm> {
  const figures = []
  for (let round = 0; round < rounds; round += 1) {
    const quiet = await runLoad(2, 400, crowd.refresh)
    let over = false
    let storming: Promise<Measured> | undefined
    // Before everybody was let in once, it is the moment in which so many begin together.
    await new Promise<void>((resolve) => {
      let ended = 0
      const login = async (): Promise<void> => {
        await crowd.login()
        ended += 1
        if (ended === stormLanes) resolve()
      }
      storming = runUntil(stormLanes, () => over, login)
    })
    const under = await runLoad(2, 400, crowd.refresh)
    over = true
    const storm = await storming
    const failed = [...quiet.failures, ...under.failures]
    if (failed[0] !== undefined) throw new Error(failed[0])
    figures.push({ quiet: quiet.p99, storm: under.p99, refused: storm?.failures.length ?? 0 })
  }
  return {
    p99Ratio: median(figures.map(({ quiet, storm }) => storm / quiet)),
    quietP99: median(figures.map(({ quiet }) => quiet)),
    stormP99: median(figures.map(({ storm }) => storm)),
    refused: figures.reduce((sum, { refused }) => sum + refused, 0),
  }
}

export interface Overload {
  readonly lanes: number
  readonly answered: number
  readonly refused: number
  /** Answered per second, of what as many lanes as the limit get. */
  readonly answeredOfSaturated: number
  /** Anything but an answer and a 503: must be none. */
  readonly otherwise: number
  /** Resident memory in the last third of the load, of that in the second. */
  readonly memoryGrowth: number
}

/** Far more at once than the provider takes in: authorization requests of people who are not signed in. */
export async function measureOverload(cluster: Cluster, seconds: number): Promise<Overload> {
  const limit = 512
  const { url } = authorizationRequest(
    { issuer: cluster.issuer, redirectUri },
    { client_id: 'web', resource, scope: 'openid accounts' },
  )
  const storm = async (connections: number): Promise<autocannon.Result> =>
    autocannon({ url: url.toString(), connections, duration: seconds, timeout: 30 })
  const saturated = await storm(limit)
  const memory: number[] = []
  const watching = setInterval(() => {
    void cluster.memoryBytes().then((bytes) => memory.push(bytes))
  }, 250)
  const result = await storm(4 * limit)
  clearInterval(watching)
  const third = Math.floor(memory.length / 3)
  const refused = result.statusCodeStats?.['503']?.count ?? 0
  return {
    lanes: 4 * limit,
    answered: result['3xx'],
    refused,
    answeredOfSaturated: result['3xx'] / saturated['3xx'],
    otherwise:
      result.errors + result.timeouts + result['2xx'] + result['4xx'] + result['5xx'] - refused,
    memoryGrowth: median(memory.slice(2 * third)) / median(memory.slice(third, 2 * third)),
  }
}
