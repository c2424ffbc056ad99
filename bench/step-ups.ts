import { Visitor, authorizationRequest, redeem, totpCode } from '@newel/testing/house'
import { MeasuredProcess } from './measured-process.ts'
import { median } from './median.ts'
import type { ProviderReady } from './provider-process.ts'

const rounds = 7
const resource = 'https://api.test'

export interface StepUpFigures {
  readonly stepUpsPerSecond: number
  readonly stepUpCpuMilliseconds: number
  readonly codeFlowsPerSecond: number
  readonly codeFlowCpuMilliseconds: number
  /** CPU of a step-up by one-time code, of a code flow in a live session that asks nothing. */
  readonly ratio: number
}

/**
 * The provider under two loads, interleaved: code flows in live sessions that ask nothing, and step-ups by one-time code
 * (request, page, code, redirect, tokens). Each person's code is used once.
 */
export async function measureStepUps(): Promise<StepUpFigures> {
  const server = await MeasuredProcess.start<ProviderReady>('./provider-process.ts')
  const { people } = server.ready
  try {
    const visitors: LoggedIn[] = []
    await inLanes(people, async (person) => {
      visitors.push(await loggedIn(server.ready, person))
    })
    const perRound = Math.floor(people.length / rounds)
    const flows: Measured[] = []
    const stepUps: Measured[] = []
    for (let round = 0; round < rounds; round += 1) {
      const group = visitors.slice(round * perRound, (round + 1) * perRound)
      flows.push(
        await measure(server, group, async ({ visitor }) => codeFlow(server.ready, visitor)),
      )
      stepUps.push(
        await measure(server, group, async ({ visitor, person }) =>
          stepUp(server.ready, visitor, person),
        ),
      )
    }
    return {
      stepUpsPerSecond: median(stepUps.map(({ perSecond }) => perSecond)),
      stepUpCpuMilliseconds: median(stepUps.map(({ cpu }) => cpu)),
      codeFlowsPerSecond: median(flows.map(({ perSecond }) => perSecond)),
      codeFlowCpuMilliseconds: median(flows.map(({ cpu }) => cpu)),
      ratio: median(stepUps.map(({ cpu }, round) => cpu / (flows[round]?.cpu ?? Number.NaN))),
    }
  } finally {
    await server.stop()
  }
}

type Person = ProviderReady['people'][number]

interface LoggedIn {
  readonly person: Person
  readonly visitor: Visitor
}

interface Measured {
  readonly perSecond: number
  readonly cpu: number
}

async function measure(
  server: MeasuredProcess<ProviderReady>,
  group: readonly LoggedIn[],
  work: (who: LoggedIn) => Promise<void>,
): Promise<Measured> {
  const cpuBefore = await server.cpuMilliseconds()
  const started = performance.now()
  await inLanes(group, work)
  const seconds = (performance.now() - started) / 1000
  const cpu = (await server.cpuMilliseconds()) - cpuBefore
  return { perSecond: group.length / seconds, cpu: cpu / group.length }
}

/** Eight at a time: enough to keep the provider busy, and few enough that it refuses nobody. */
async function inLanes<Item>(
  items: readonly Item[],
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const lanes = Array.from({ length: 8 }, (_, lane) => items.filter((_item, at) => at % 8 === lane))
  await Promise.all(
    lanes.map(async (lane) => {
      for (const item of lane) await work(item)
    }),
  )
}

async function loggedIn(house: ProviderReady, person: Person): Promise<LoggedIn> {
  const visitor = new Visitor(house.issuer)
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource,
    scope: 'openid accounts',
  })
  const page = await visitor.get(attempt.url)
  await visitor.submit(page, { username: person.username, password: person.password })
  return { person, visitor }
}

async function codeFlow(house: ProviderReady, visitor: Visitor): Promise<void> {
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource,
    scope: 'openid accounts',
  })
  await expectLevel(house, attempt, await visitor.get(attempt.url), 'basic')
}

async function stepUp(house: ProviderReady, visitor: Visitor, person: Person): Promise<void> {
  const attempt = authorizationRequest(house, {
    client_id: 'web',
    resource,
    scope: 'openid accounts',
    acr_values: 'mfa',
  })
  const page = await visitor.get(attempt.url)
  const code = totpCode(person.totpKey, Math.floor(Date.now() / 1000))
  await expectLevel(house, attempt, await visitor.submit(page, { code }), 'mfa')
}

async function expectLevel(
  house: ProviderReady,
  attempt: ReturnType<typeof authorizationRequest>,
  answer: Parameters<typeof redeem>[3],
  acr: string,
): Promise<void> {
  const { accessToken } = await redeem(house, 'web', attempt, answer)
  if (accessToken.acr !== acr) throw new Error(`expected ${acr}, not ${String(accessToken.acr)}`)
}
