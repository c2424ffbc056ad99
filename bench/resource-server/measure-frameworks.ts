import { MeasuredProcess } from '../measured-process.ts'
import { median } from '../median.ts'
import type { ApiReady } from './api-process.ts'
import { sendRequests } from './send-requests.ts'
import type { Algorithm } from './tokens.ts'

const rounds = 7
const requestsInRound = 10_000

export interface RouteFigures {
  readonly name: string
  readonly cpuMicroseconds: number
  /** CPU of the unprotected page, of this: 1 is as cheap, less is dearer. The median of the rounds' ratios. */
  readonly ofOpen: number
}

/** What one framework's routes cost, each with `live` tokens in turn; `refused` is a full step-up challenge of ours. */
export async function measureFramework(
  framework: 'fastify' | 'express' | 'hono',
  live: number,
): Promise<readonly RouteFigures[]> {
  const server = await MeasuredProcess.start<ApiReady>('./resource-server/api-process.ts', {
    BENCH_FRAMEWORK: framework,
    BENCH_LIVE: String(live),
  })
  try {
    const { routes, live: tokens, low } = server.ready
    const loads = [
      { name: 'open', path: '/open', tokens, status: 200 },
      ...routes.map((name) => ({ name, path: `/${name}`, tokens, status: 200 })),
      { name: 'newel, refused', path: '/newel', tokens: low, status: 401 },
    ]
    // What is remembered is warm: the first sight of each token is measured by itself.
    for (const load of loads) await run(server, load, Math.max(tokens.length, 2000))
    const figures = new Map<string, number[]>(loads.map(({ name }) => [name, []]))
    for (let round = 0; round < rounds; round += 1) {
      for (const load of loads) {
        // Where a round does not get through all tokens, the next goes on.
        const first = round * requestsInRound
        figures.get(load.name)?.push(await run(server, load, requestsInRound, first))
      }
    }
    return ratios(figures)
  } finally {
    await server.stop()
  }
}

/** The same with tokens none of which was seen before. */
export async function measureFirstSight(algorithm: Algorithm): Promise<readonly RouteFigures[]> {
  const inRound = 2000
  const server = await MeasuredProcess.start<ApiReady>('./resource-server/api-process.ts', {
    BENCH_ALGORITHM: algorithm,
    BENCH_FRESH: String(inRound * rounds * 2 + 4000),
  })
  try {
    const { routes, fresh } = server.ready
    const names = ['open', ...routes]
    const figures = new Map<string, number[]>(names.map((name) => [name, []]))
    let used = 0
    const take = (): readonly string[] => {
      used += inRound
      return fresh.slice(used - inRound, used)
    }
    for (let round = 0; round < rounds; round += 1) {
      for (const name of names) {
        const tokens = name === 'open' ? fresh.slice(0, inRound) : take()
        const load = { path: `/${name}`, tokens, status: 200 }
        figures.get(name)?.push(await run(server, load, inRound))
      }
    }
    return ratios(figures)
  } finally {
    await server.stop()
  }
}

/** CPU for each request, in microseconds. */
async function run(
  server: MeasuredProcess<ApiReady>,
  load: { path: string; tokens: readonly string[]; status: number },
  count: number,
  first = 0,
): Promise<number> {
  const before = await server.cpuMilliseconds()
  const { statuses } = await sendRequests(
    server.ready.address,
    load.path,
    load.tokens,
    count,
    first,
  )
  const spent = (await server.cpuMilliseconds()) - before
  if (statuses.get(load.status) !== count) {
    throw new Error(`${load.path} answered ${JSON.stringify([...statuses])}`)
  }
  return (spent * 1000) / count
}

function ratios(figures: ReadonlyMap<string, readonly number[]>): readonly RouteFigures[] {
  const open = figures.get('open') ?? []
  return [...figures].map(([name, costs]) => ({
    name,
    cpuMicroseconds: median(costs),
    ofOpen: median(costs.map((cost, round) => (open[round] ?? Number.NaN) / cost)),
  }))
}
