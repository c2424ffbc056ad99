import type { Scene } from './scene.ts'
import {
  type Ending,
  type SignedIn,
  type StepUnderWay,
  UnexpectedAnswer,
  ask,
  signedIn,
} from './steps.ts'

/** How long the node that queued a logout has to tell it, in seconds, and a little more. */
const takenOverAfter = 125

/** Somebody logs out. Afterwards either the session is there, or whoever wants to know is told that it is not. */
export async function logout(scene: Scene): Promise<StepUnderWay> {
  const session = await signedIn(scene, await scene.addPerson())
  const act = async (): Promise<void> => {
    const { visitor } = session
    const asked = await visitor.get('/logout')
    const { status } = asked.status === 200 ? await visitor.press(asked, 'Sign out') : asked
    if (status !== 200) throw new UnexpectedAnswer(status, `a logout was answered ${status}`)
  }
  return { act, goOn: async () => goOnAfter(scene, session, act) }
}

/** An operator ends the sessions of somebody. */
export async function sessionEnd(scene: Scene): Promise<StepUnderWay> {
  const person = await scene.addPerson()
  const session = await signedIn(scene, person)
  const act = async (): Promise<void> => scene.node.endSessions(person.accountId)
  return { act, goOn: async () => goOnAfter(scene, session, act) }
}

async function goOnAfter(
  scene: Scene,
  { visitor, sid }: SignedIn,
  again: () => Promise<void>,
): Promise<Ending> {
  const { page } = await ask(scene, visitor)
  const isOpen = page.url.searchParams.has('code')
  if (isOpen) await again()
  if (!(await scene.relyingParty.isTold(sid, 1000))) {
    await scene.node.setClockOffset(scene.node.clockOffset + takenOverAfter)
    await scene.node.maintain()
    if (!(await scene.relyingParty.isTold(sid, 3000)))
      throw new Error('a session is over, and its relying party was never told')
  }
  if (isOpen && (await ask(scene, visitor)).page.url.searchParams.has('code'))
    throw new Error('a session that was ended is open')
  return isOpen ? 'failed cleanly' : 'resumed'
}
