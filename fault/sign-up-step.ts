import type { VisitedPage, Visitor } from '@newel/testing/house'
import type { Scene } from './scene.ts'
import {
  type StepUnderWay,
  UnexpectedAnswer,
  answer,
  ask,
  expectPage,
  expectTokens,
} from './steps.ts'

/** What counts the people who sign up from this machine: here they are many. */
const counts = ['sign-up-from:address:127.0.0.1', 'sign-up-from:address:0:0:0:0::/64']

const password = 'correct horse battery staple 9'

let people = 0

/** Somebody makes an account of their own. Its name must not be held by one that nobody can use. */
export async function signUp(scene: Scene): Promise<StepUnderWay> {
  people += 1
  const username = `newcomer${people}`
  for (const count of counts) await scene.store.attempts.clear(count)
  const visitor = scene.visitor()
  const { page } = await ask(scene, visitor)
  let told = false
  return {
    async act() {
      expectPage(await signUpFrom(visitor, page, username), 'code')
      told = true
    },
    async goOn() {
      const account = await scene.store.accounts.byUsername(username)
      if (account === undefined) {
        if (told) throw new Error('an account that somebody signed in with is gone')
        const other = scene.visitor()
        const { page: again, attempt } = await ask(scene, other)
        await expectTokens(scene, attempt, await signUpFrom(other, again, username), 'basic')
        return 'failed cleanly'
      }
      const owner = scene.visitor()
      const { page: login, attempt } = await ask(scene, owner)
      const known = { accountId: account.id, username, password, totpKey: '' }
      await expectTokens(scene, attempt, await answer(scene, owner, login, known), 'basic')
      return 'resumed'
    },
  }
}

async function signUpFrom(
  visitor: Visitor,
  login: VisitedPage,
  username: string,
): Promise<VisitedPage> {
  const name = await visitor.press(login, 'Create an account')
  expectOwnPage(name)
  const first = await visitor.submit(name, { username, first: 'password' })
  expectOwnPage(first)
  return visitor.submit(first, { password })
}

function expectOwnPage({ page, status }: VisitedPage): void {
  if (page?.startsWith('sign-up') !== true)
    throw new UnexpectedAnswer(status, `a sign-up was answered ${status} ${page ?? ''}`)
}
