import type { FaultDatabase } from './fault-database.ts'
import { brokenPromise } from './broken-promise.ts'
import { type Scene, openScene } from './scene.ts'
import { type Ending, type Step, UnexpectedAnswer } from './steps.ts'
import type { KillPoint } from './store-with-faults.ts'

/** One death and what came of it. */
export interface KillOutcome {
  readonly step: string
  readonly point: KillPoint
  readonly ending: Ending | 'BROKEN'
  /** Where it is broken: what was. */
  readonly detail?: string
}

/** How many points to leave out between two that are tried; 1 tries every one. */
export interface KillPlan {
  readonly every: number
}

/** Kills the provider with SIGKILL before and after the calls of its store that a step makes, and tells how each ended. */
export async function killAtEveryCall(
  databaseIn: (folder: string) => Promise<FaultDatabase> | FaultDatabase,
  step: Step,
  { every }: KillPlan,
): Promise<readonly KillOutcome[]> {
  const scene = await openScene(databaseIn)
  try {
    const calls = await callsOf(scene, step)
    const points = Array.from({ length: calls }, (_, index) => index + 1).flatMap(
      (call): readonly KillPoint[] => [
        { at: 'before', call },
        { at: 'after', call },
      ],
    )
    const outcomes: KillOutcome[] = []
    for (const point of points.filter((_, index) => index % every === 0)) {
      outcomes.push({ step: step.name, point, ...(await killOnce(scene, step, point)) })
    }
    return outcomes
  } finally {
    await scene.close()
  }
}

async function callsOf(scene: Scene, step: Step): Promise<number> {
  const underWay = await step.prepare(scene)
  await scene.node.arm()
  await underWay.act()
  return scene.node.calls()
}

async function killOnce(
  scene: Scene,
  step: Step,
  point: KillPoint,
): Promise<Pick<KillOutcome, 'ending' | 'detail'>> {
  try {
    await scene.node.setClockOffset(0)
    const underWay = await step.prepare(scene)
    await scene.node.arm(point)
    try {
      await underWay.act()
    } catch (error) {
      if (error instanceof UnexpectedAnswer) throw error
    }
    // A point beyond the last call of this run: the death comes between two requests.
    if (!(await scene.node.died(300))) await scene.node.kill()
    const lastWords = scene.node.lastWords()
    const broken = lastWords && (await brokenPromise(scene.store, lastWords, scene.now()))
    await scene.node.start()
    if (broken !== undefined) return { ending: 'BROKEN', detail: broken }
    return { ending: await underWay.goOn() }
  } catch (error) {
    if (!scene.node.alive) await scene.node.start()
    return { ending: 'BROKEN', detail: error instanceof Error ? error.message : String(error) }
  }
}
