import autocannon from 'autocannon'
import type { ApiReady } from './api-process.ts'
import { MeasuredProcess } from './measured-process.ts'
import { median } from './median.ts'

const rounds = 7
const seconds = 2

export interface ApiFigures {
  readonly open: Load
  readonly protected: Load
  readonly refused: Load
  /** Requests per second of the protected route, of the same route without protection. */
  readonly protectedOfOpen: number
  /** The same for requests that are answered with a challenge. */
  readonly refusedOfOpen: number
}

export interface Load {
  readonly perSecond: number
  readonly cpuMicroseconds: number
}

/** A Fastify route with and without protection, by 1,000 live ES256 tokens, interleaved. */
export async function measureApi(): Promise<ApiFigures> {
  const server = await MeasuredProcess.start<ApiReady>('./api-process.ts')
  const { address, tokens, lowTokens } = server.ready
  try {
    const loads: Record<'open' | 'protected' | 'refused', Load[]> = {
      open: [],
      protected: [],
      refused: [],
    }
    // The first sight of every token is not what a live API does all day.
    await load(server, `${address}/protected`, tokens, 200)
    for (let round = 0; round < rounds; round += 1) {
      loads.open.push(await load(server, `${address}/open`, tokens, 200))
      loads.protected.push(await load(server, `${address}/protected`, tokens, 200))
      loads.refused.push(await load(server, `${address}/protected`, lowTokens, 401))
    }
    const ofOpen = (kind: 'protected' | 'refused'): number =>
      median(
        loads[kind].map(
          ({ perSecond }, round) => perSecond / (loads.open[round]?.perSecond ?? Number.NaN),
        ),
      )
    return {
      open: middle(loads.open),
      protected: middle(loads.protected),
      refused: middle(loads.refused),
      protectedOfOpen: ofOpen('protected'),
      refusedOfOpen: ofOpen('refused'),
    }
  } finally {
    await server.stop()
  }
}

async function load(
  server: MeasuredProcess<ApiReady>,
  url: string,
  tokens: readonly string[],
  expected: number,
): Promise<Load> {
  const cpuBefore = await server.cpuMilliseconds()
  const result = await autocannon({
    url,
    connections: 16,
    duration: seconds,
    requests: tokens.map((token) => ({
      method: 'GET',
      headers: { authorization: `Bearer ${token}` },
    })),
  })
  const cpu = (await server.cpuMilliseconds()) - cpuBefore
  const answered = expected === 200 ? result['2xx'] : result['4xx']
  const other = expected === 200 ? result['4xx'] : result['2xx']
  if (other > 0 || result.errors > 0 || answered === 0)
    throw new Error(`unexpected answers from ${url}`)
  return { perSecond: answered / result.duration, cpuMicroseconds: (cpu * 1000) / answered }
}

function middle(loads: readonly Load[]): Load {
  return {
    perSecond: median(loads.map(({ perSecond }) => perSecond)),
    cpuMicroseconds: median(loads.map(({ cpuMicroseconds }) => cpuMicroseconds)),
  }
}
