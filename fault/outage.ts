import type { FaultDatabase } from './fault-database.ts'
import { OrderFailed } from './provider-node.ts'
import { type Scene, openScene } from './scene.ts'
import { type Ending, type Step, UnexpectedAnswer } from './steps.ts'
import { startTraffic } from './traffic.ts'

/** A step that was taken while a server that the provider needs was away, and what came of it when it was back. */
export interface OutageOutcome {
  readonly step: string
  readonly ending: Ending | 'BROKEN'
  /** Where it is broken: what was. */
  readonly detail?: string
}

/** What is taken from the provider, which itself is never started anew. */
export interface Outage {
  readonly databaseIn: (folder: string) => Promise<FaultDatabase> | FaultDatabase
  begin(): Promise<void>
  end(): Promise<void>
  /** Whether the node tells a load balancer that it is not ready meanwhile. A full disk can still be read. */
  readonly unready: boolean
}

/** How long a node may take to notice that a server is away, and that it is back, in milliseconds. */
const patienceMilliseconds = 10_000

/** Takes every step while the outage lasts, with visitors all the time, and goes on with it afterwards. */
export async function outageInSteps(
  outage: Outage,
  steps: readonly Step[],
): Promise<readonly OutageOutcome[]> {
  const scene = await openScene(outage.databaseIn)
  const traffic = startTraffic(scene)
  const outcomes: OutageOutcome[] = []
  try {
    for (const step of steps) {
      outcomes.push({ step: step.name, ...(await outageOnce(scene, outage, step)) })
    }
  } finally {
    const { faults } = await traffic.stop()
    for (const detail of faults) outcomes.push({ step: 'visitors', ending: 'BROKEN', detail })
    await scene.close()
  }
  return outcomes
}

async function outageOnce(
  scene: Scene,
  outage: Outage,
  step: Step,
): Promise<Pick<OutageOutcome, 'ending' | 'detail'>> {
  let away = false
  try {
    await scene.node.setClockOffset(0)
    const underWay = await step.prepare(scene)
    await outage.begin()
    away = true
    const answered = await whileAway(async () => underWay.act())
    if (outage.unready) await untilReadinessIs(scene, false)
    await outage.end()
    away = false
    if (answered !== undefined) return { ending: 'BROKEN', detail: answered }
    await untilReadinessIs(scene, true)
    return { ending: await underWay.goOn() }
  } catch (error) {
    return { ending: 'BROKEN', detail: error instanceof Error ? error.message : String(error) }
  } finally {
    if (away) await outage.end()
  }
}

/** A step may need nothing of what is away; else it is to be told to try again. What was answered instead, if anything. */
async function whileAway(act: () => Promise<void>): Promise<string | undefined> {
  try {
    await act()
    return undefined
  } catch (error) {
    if (error instanceof OrderFailed) return undefined
    if (error instanceof UnexpectedAnswer && error.status === 503) return undefined
    return error instanceof Error ? error.message : String(error)
  }
}

/** The node asks its database now and then, and not for every question. */
async function untilReadinessIs(scene: Scene, wanted: boolean): Promise<void> {
  const latest = performance.now() + patienceMilliseconds
  while (((await scene.node.readiness()).length === 0) !== wanted) {
    if (performance.now() > latest)
      throw new Error(`the node says all the time that it is ${wanted ? 'not ready' : 'ready'}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
