import type { JudgingOrder, Requirement } from '@newel/policy'
import {
  ClientError,
  type ClientErrorCode,
  isStepUpErrorCode,
  StepUpError,
  type StepUpErrorCode,
} from '../errors.ts'
import { saysOneShot } from '../says-one-shot.ts'
import type { AskedElsewhere, TabSharingFactory } from './tab-sharing.ts'
import type { Tokens } from './tokens.ts'

export interface SharedTabsOptions {
  /** Default: the browser's Web Locks. `undefined` where there are none: tabs then share tokens, and each asks for itself. */
  readonly locks?: TabLocks | undefined
}

/** The part of Web Locks that is used. */
export interface TabLocks {
  request(
    name: string,
    options: { readonly mode: 'exclusive' | 'shared' },
    work: () => Promise<void>,
  ): Promise<void>
}

/** How a step-up of another tab ended. `lost`: the tab is gone, or said nothing. */
type EndElsewhere = 'reached' | 'lost' | ClientErrorCode | StepUpErrorCode

type TabMessage =
  | { readonly type: 'hello' }
  | { readonly type: 'tokens'; readonly tokens: Tokens }
  | { readonly type: 'logged_out'; readonly subject: string }
  | { readonly type: 'begun'; readonly id: string; readonly asked: AskedElsewhere }
  | { readonly type: 'ended'; readonly id: string; readonly end: EndElsewhere }

/**
 * How long a lock is held after the message that it stands for, in milliseconds: whoever gets the lock next has heard
 * the message by then.
 */
const settleMilliseconds = 100

/**
 * Let the tabs of one app work as one: a step-up serves them all, one refreshes for all, and a logout ends all. Access
 * tokens pass between pages of this origin in memory (BroadcastChannel); refresh tokens never do, so that each is used by
 * one tab only. A tab takes over only tokens of its own person that are no weaker than what it has.
 */
export function sharedTabs(options: SharedTabsOptions = {}): TabSharingFactory {
  const locks: TabLocks | undefined =
    'locks' in options ? options.locks : globalThis.navigator?.locks
  return ({ issuer, clientId, host, emit, order }, session) => {
    const name = `newel:tabs:${issuer.href} ${clientId}`
    let adopted: string | undefined
    const running = new Map<string, AskedElsewhere>()
    const begun = new Map<string, AskedElsewhere>()
    const ended = new Map<string, EndElsewhere>()
    const channel = host.openChannel(name)
    channel.addEventListener('message', ({ data: message }) => {
      if (!isTabMessage(message)) return
      if (message.type === 'tokens') {
        if (!isNoWeaker(message.tokens, session.tokens, order())) return
        adopted = message.tokens.accessToken
        session.replace('shared', message.tokens)
      } else if (message.type === 'logged_out') {
        if (session.tokens?.session.subject === message.subject) session.end('logout_elsewhere')
      } else if (message.type === 'begun') begun.set(message.id, message.asked)
      else if (message.type === 'ended') {
        if (begun.delete(message.id)) ended.set(message.id, message.end)
      } else for (const [id, asked] of running) post({ type: 'begun', id, asked })
    })
    const post = (message: TabMessage) => channel.postMessage(message)
    const settled = () =>
      new Promise<void>((resolve) => {
        host.setTimeout(resolve, settleMilliseconds)
      })
    // A tab that opens in the middle of a step-up hears of it.
    post({ type: 'hello' })
    return {
      tellTokens: (tokens) => {
        const { refreshToken: _own, ...shared } = tokens
        // A proof for one use is for one tab, and what came from another is known.
        const ownAlone = tokens.session.oneShot === true || saysOneShot(tokens.accessToken)
        if (ownAlone || tokens.accessToken === adopted) return
        post({ type: 'tokens', tokens: shared })
      },
      tellLogout: (subject) => post({ type: 'logged_out', subject }),
      alone: (work) => {
        if (!locks) return work()
        return new Promise((resolve, reject) => {
          locks
            .request(`${name} refresh`, { mode: 'exclusive' }, async () => {
              await work().then(resolve, reject)
              await settled()
            })
            .catch(reject)
        })
      },
      announce: ({ requirement, scope }, result) => {
        // A proof for one use serves no other tab.
        if (!locks || requirement.maxAgeSeconds === 0) return
        const asked = { requirement, ...(scope !== undefined && { scope }) }
        const id = host.randomToken()
        const work = async () => {
          running.set(id, asked)
          post({ type: 'begun', id, asked })
          const end = await result.then((): EndElsewhere => 'reached', endOf)
          running.delete(id)
          post({ type: 'ended', id, end })
          await settled()
        }
        // Without its lock a step-up is this tab's own affair.
        locks.request(`${name} ${id}`, { mode: 'exclusive' }, work).catch(() => {})
      },
      elsewhere: (requirement, serves) => {
        const [id] = [...begun].find(([, asked]) => serves(asked)) ?? []
        if (!locks || !session.tokens || id === undefined) return undefined
        emit({ type: 'joined', requirement, elsewhere: true })
        // Granted when the other tab is done, or gone.
        return locks
          .request(`${name} ${id}`, { mode: 'shared' }, () => Promise.resolve())
          .then(() => {
            begun.delete(id)
            return failureOf(ended.get(id), requirement)
          })
      },
    }
  }
}

function failureOf(
  end: EndElsewhere | undefined,
  requirement: Requirement,
): ClientError | undefined {
  if (end === undefined || end === 'reached' || end === 'lost') return undefined
  const message = 'the step-up in another tab came to no good end'
  return isStepUpErrorCode(end)
    ? new StepUpError(end, message, requirement)
    : new ClientError(end, message)
}

/** Whether tokens of another tab are of the same person, for longer, and at no lower level than those in hand. */
function isNoWeaker(
  { session, expiresAt = Infinity }: Tokens,
  own: Tokens | undefined,
  order: JudgingOrder,
): boolean {
  if (own?.session.subject !== session.subject) return false
  const { acr, authTime = 0 } = own.session
  return (
    (acr === undefined || order.satisfies(session.acr ?? '', acr)) &&
    (session.authTime ?? 0) >= authTime &&
    expiresAt >= (own.expiresAt ?? Infinity)
  )
}

function endOf(error: unknown): EndElsewhere {
  return error instanceof ClientError ? error.code : 'lost'
}

/** The rest follows: pages of this origin are as trusted as this one. */
function isTabMessage(message: unknown): message is TabMessage {
  return typeof message === 'object' && message !== null && 'type' in message
}
