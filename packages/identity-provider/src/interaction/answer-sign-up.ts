import { accountLetter } from '../mail/account-letters.ts'
import { addressIdentity, plainAddress } from '../mail/index.ts'
import { usernameFault } from '../people/people.ts'
import { randomId } from '../secrets/index.ts'
import type { AttemptLimit } from '../store/index.ts'
import { addressKey } from './attempts.ts'
import { fieldOf } from './form-body.ts'
import { goOn } from './go-on.ts'
import type { InteractionVisit } from './interaction-visit.ts'
import { answerFirst, beginFirst } from './make-account.ts'
import { answerErrorFrom } from './pages/index.ts'
import { requestLocale, setRetryAfter } from './send-page.ts'
import { type SignUp, methodsOf, showSignUpAt, signUpIn, toSignUp } from './show-sign-up.ts'
import { offersSignUp } from './sign-up-offer.ts'

/** Addresses and user names tried from one network. */
const perNetwork: AttemptLimit = { attempts: 20, windowSeconds: 900, lockSeconds: 900 }

export async function answerSignUp(visit: InteractionVisit): Promise<void> {
  if (!offersSignUp(visit)) return goOn(visit)
  const { body } = visit.request
  const errand = signUpIn(visit)
  const email = fieldOf(body, 'email')
  if (email !== undefined) return sendCode(visit, email)
  const code = fieldOf(body, 'code')
  if (errand?.stage === 'code' && code !== undefined) return answerCode(visit, errand, code)
  const username = fieldOf(body, 'username')
  if (username !== undefined) return choose(visit, errand, username)
  if (errand?.stage === 'first') return answerFirst(visit, errand)
  return toSignUp(visit)
}

async function isThrottled(visit: InteractionVisit): Promise<boolean> {
  const { desk, request, now } = visit
  const key = `sign-up-from:${addressKey(request.ip)}`
  const { counted, lockedUntil = now } = await desk.store.attempts.fail(key, now, perNetwork)
  if (!counted) setRetryAfter(visit, lockedUntil)
  return !counted
}

async function keep(visit: InteractionVisit, errand: SignUp): Promise<void> {
  await visit.desk.states.settle(visit.state.id, visit.now, () => ({ errand }))
  return toSignUp(visit)
}

/** Whose address it is already is told by the letter alone. */
async function sendCode(visit: InteractionVisit, typed: string): Promise<void> {
  const { desk, now, request, params } = visit
  const { mailedCodes, document } = desk
  if (mailedCodes === undefined || document.signUp?.verifyEmail !== true) return toSignUp(visit)
  const address = plainAddress(typed)
  if (address === undefined) return showSignUpAt(visit, undefined, 'invalid_address', 422)
  if (await isThrottled(visit)) return showSignUpAt(visit, undefined, 'throttled', 429)
  const [owner] = await desk.store.accounts.byEmail(address)
  const locale = requestLocale(desk, request, params)
  const provider = document.name ?? new URL(document.issuer).host
  const sent = await mailedCodes.send({
    purpose: 'sign-up',
    address,
    delivery:
      owner === undefined
        ? 'post'
        : accountLetter('have_account', locale, { provider, username: owner.username }),
    boundTo: boundTo(visit),
    locale,
    from: addressKey(request.ip),
    now,
  })
  // By the address, whoever has it: what is counted tells nothing.
  if (sent.kind === 'throttled') setRetryAfter(visit, sent.until)
  if (sent.kind !== 'sent') return showSignUpAt(visit, undefined, 'throttled', 429)
  return keep(visit, { kind: 'sign-up', stage: 'code', codeId: sent.id })
}

function boundTo({ cid }: InteractionVisit): string {
  return JSON.stringify([cid, 'sign-up'])
}

async function answerCode(
  visit: InteractionVisit,
  errand: Extract<SignUp, { stage: 'code' }>,
  code: string,
): Promise<void> {
  const { desk, now } = visit
  if (code.trim() === '') return showSignUpAt(visit, errand, 'missing_answer', 422)
  const answered = await desk.mailedCodes?.answer({
    id: errand.codeId,
    purpose: 'sign-up',
    boundTo: boundTo(visit),
    response: code,
    now,
  })
  if (answered?.ok !== true) {
    return showSignUpAt(
      visit,
      errand,
      answerErrorFrom(answered?.reason ?? 'expired', 'email-code'),
      422,
    )
  }
  const next: SignUp = { kind: 'sign-up', stage: 'name', email: answered.address }
  await desk.states.settle(visit.state.id, now, () => ({ errand: next, newCsrfToken: true }))
  return toSignUp(visit)
}

/** A user name is told to be taken: to whoever has shown a mailbox, or so often from one network. */
async function choose(
  visit: InteractionVisit,
  errand: SignUp | undefined,
  typed: string,
): Promise<void> {
  const { desk, request } = visit
  const verify = desk.document.signUp?.verifyEmail === true
  const named = errand?.stage === 'name' || errand?.stage === 'first' ? errand : undefined
  if (verify && named?.email === undefined) return toSignUp(visit)
  const email = named?.email === undefined ? {} : { email: named.email }
  const stage: SignUp = { kind: 'sign-up', stage: 'name', ...email }
  const method = methodsOf(visit).find((one) => one === fieldOf(request.body, 'first'))
  if (method === undefined) return showSignUpAt(visit, stage, undefined, 200, typed)
  if (usernameFault(typed) !== undefined) {
    return showSignUpAt(visit, stage, 'invalid_username', 422, typed)
  }
  if (await isThrottled(visit)) return showSignUpAt(visit, stage, 'throttled', 429, typed)
  const username = typed.trim()
  if (isOfAnother(username, named?.email)) {
    return showSignUpAt(visit, stage, 'username_is_address', 422, typed)
  }
  if ((await desk.store.accounts.byUsername(username)) !== undefined) {
    return showSignUpAt(visit, stage, 'username_taken', 422, typed)
  }
  const accountId = randomId(desk.random)
  return keep(visit, await beginFirst(visit, { username, accountId, method, ...email }))
}

/** A name in the form of an address looks as if that were theirs: it has to be the one that they have shown. */
function isOfAnother(username: string, email: string | undefined): boolean {
  const name = addressIdentity(username)
  return plainAddress(name) !== undefined && (!email || name !== addressIdentity(email))
}
