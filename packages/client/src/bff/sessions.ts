import type { EpochSeconds } from '@newel/policy'
import { toBase64url } from './base64url.ts'
import type { Exchange } from './exchange.ts'
import type { BffSettings } from './options.ts'
import {
  leaveSessionCookie,
  readSessionCookie,
  removeSessionCookie,
  writeSessionCookie,
} from './session-cookie.ts'
import { isSessionRecord, type SessionRecord } from './session-record.ts'

/** A session in hand. */
export interface HeldSession {
  readonly record: SessionRecord
  /** By what the store finds it. Absent: it is in the cookie. */
  readonly id?: string
}

/** The place where sealed session cookies are valid. */
const cookiePlace = 'session cookie'

/** A cookie is written anew at most so often for the idle limit alone. */
const touchEverySeconds = 60

/** How long a session that was raised is found by another answer that raises it, in seconds. */
const raisedSeconds = 60

interface Raised {
  readonly record: SessionRecord
  readonly at: EpochSeconds
}

function isRaised(value: unknown): value is Raised {
  return (
    typeof value === 'object' &&
    value !== null &&
    'record' in value &&
    isSessionRecord(value.record)
  )
}

/** The sessions of this app: who holds which, and until when. */
export class Sessions {
  readonly #settings: BffSettings
  /** Whose cookies are written anew for the same session. */
  readonly #rewritten = new WeakMap<Exchange, SessionRecord>()

  constructor(settings: BffSettings) {
    this.#settings = settings
  }

  /**
   * The session of a request, if it is still one: not expired, not logged out here or at the provider.
   *
   * @param touch Whether the request counts against the idle limit.
   */
  async load(exchange: Exchange, touch = true): Promise<HeldSession | undefined> {
    const held = await this.#find(exchange)
    if (!held || this.#expired(held.record) || (await this.#ended(held.record))) return undefined
    if (touch) await this.#touch(exchange, held)
    return held
  }

  /**
   * The session that a step-up has begun with. It may have been raised by another tab while the answer was on its way: then
   * it is found for a minute, so that the second answer raises it anew.
   */
  async loadForRaise(exchange: Exchange): Promise<HeldSession | undefined> {
    const held = await this.load(exchange)
    if (held) return held
    const { vault, host } = this.#settings
    const cookie = readSessionCookie(exchange)
    if (cookie === undefined) return undefined
    const id = this.#settings.sessions === 'store' ? cookie : undefined
    const name = id ?? (await this.#find(exchange))?.record.riseId
    const raised = name === undefined ? undefined : await vault.get('raised', name)
    if (!isRaised(raised) || host.now() - raised.at > raisedSeconds) return undefined
    const { record } = raised
    if (this.#expired(record) || (await this.#isOver(record))) return undefined
    return { record, ...(id === undefined ? {} : { id }) }
  }

  async #keepRaised({ id, record }: HeldSession): Promise<void> {
    const { vault, host } = this.#settings
    const raised: Raised = { record, at: host.now() }
    await vault.put('raised', id ?? record.riseId, raised, raisedSeconds)
  }

  /** A session under a new id; the one of before is over, so that whoever knew its id has nothing of the new one. */
  async begin(
    exchange: Exchange,
    record: SessionRecord,
    before: HeldSession | undefined,
  ): Promise<HeldSession> {
    const { sessions, vault, host } = this.#settings
    this.#rewritten.delete(exchange)
    if (before && before.record.loginId === record.loginId) await this.#keepRaised(before)
    // Another login takes the place of this one, in all its copies.
    else if (before) await this.#endLogin(before.record)
    // First the new one: whoever is cut off between the two has at least one of them.
    if (sessions === 'cookie') {
      await this.#writeCookie(exchange, record)
      if (before) await this.#leaveBehind(before)
      return { record }
    }
    const id = toBase64url(host.randomBytes(32))
    await vault.put('session', id, record, this.#remainingSeconds(record))
    writeSessionCookie(exchange, id, this.#absoluteSeconds(record))
    if (before) await this.#leaveBehind(before)
    return { record, id }
  }

  /**
   * The same session with newer tokens. False where it has ended meanwhile. Where it was raised meanwhile, the request
   * comes to its end with what it has, and nothing is written over the raised session.
   */
  async update(exchange: Exchange, held: HeldSession, record: SessionRecord): Promise<boolean> {
    const { vault } = this.#settings
    if (await this.#isOver(record)) return false
    if (held.id !== undefined) {
      await vault.replace('session', held.id, record, this.#remainingSeconds(record))
    } else if (!(await this.#isRaised(record))) {
      await this.#rewriteCookie(exchange, record)
    }
    return true
  }

  /**
   * Before an answer goes: a cookie that was written anew on the way is left out where the session was raised or has
   * ended since, for the browser has a newer one.
   */
  async settle(exchange: Exchange): Promise<void> {
    const record = this.#rewritten.get(exchange)
    if (record && (await this.#ended(record))) leaveSessionCookie(exchange)
  }

  /** What the store has of a session by now. */
  async current(held: HeldSession): Promise<SessionRecord | undefined> {
    if (held.id === undefined) return held.record
    const record = await this.#settings.vault.get('session', held.id)
    return isSessionRecord(record) ? record : undefined
  }

  /** End it here and in every copy of its cookie. */
  async end(exchange: Exchange, held: HeldSession): Promise<void> {
    this.#rewritten.delete(exchange)
    removeSessionCookie(exchange)
    await this.#endLogin(held.record)
    await this.#leaveBehind(held)
  }

  async #endLogin(record: SessionRecord): Promise<void> {
    const lifetime = this.#absoluteSeconds(record)
    await this.#settings.vault.put('ended', `login ${record.loginId}`, true, lifetime)
  }

  /** End the sessions of a provider's session, or of a subject, that had begun by `at` on the provider's clock. */
  async endAt(whom: { readonly sid?: string; readonly subject?: string }, at: EpochSeconds) {
    const { sid, subject } = whom
    if (sid !== undefined) await this.#endNamed(`sid ${sid}`, at)
    // Which of the subject's sessions it is that names no `sid` cannot be told: so each of those.
    if (subject !== undefined) {
      await this.#endNamed(sid === undefined ? `sub ${subject}` : `nameless ${subject}`, at)
    }
  }

  async #endNamed(name: string, at: EpochSeconds): Promise<void> {
    const { vault, absoluteSeconds } = this.#settings
    const before = await vault.get('ended', name)
    const latest = typeof before === 'number' ? Math.max(before, at) : at
    await vault.put('ended', name, latest, absoluteSeconds)
  }

  /** When the session ends, whatever happens before. */
  endsAt(record: SessionRecord): EpochSeconds {
    return record.createdAt + this.#settings.absoluteSeconds
  }

  async #find(exchange: Exchange): Promise<HeldSession | undefined> {
    const { sessions, vault, sealer } = this.#settings
    const cookie = readSessionCookie(exchange)
    if (cookie === undefined) return undefined
    if (sessions === 'cookie') {
      const record = await sealer.open(cookie, cookiePlace)
      return isSessionRecord(record) ? { record } : undefined
    }
    const record = await vault.get('session', cookie)
    return isSessionRecord(record) ? { record, id: cookie } : undefined
  }

  #expired({ createdAt, seenAt }: SessionRecord): boolean {
    const { host, idleSeconds, absoluteSeconds, sessions } = this.#settings
    const now = host.now()
    if (now - createdAt > absoluteSeconds) return true
    // In the store, the idle limit is the entry's own lifetime.
    return sessions === 'cookie' && now - seenAt > idleSeconds
  }

  /** Neither the id nor a copy of the cookie from before a rise or the end is a session any more. */
  async #leaveBehind({ id, record }: HeldSession): Promise<void> {
    const { vault } = this.#settings
    if (id !== undefined) await vault.remove('session', id)
    else await vault.put('ended', `rise ${record.riseId}`, true, this.#absoluteSeconds(record))
  }

  async #ended(record: SessionRecord): Promise<boolean> {
    const [over, raised] = await Promise.all([this.#isOver(record), this.#isRaised(record)])
    return over || raised
  }

  /** Logged out here or at the provider, or replaced by another login. */
  async #isOver({ loginId, tokens, loggedInAt }: SessionRecord): Promise<boolean> {
    const { vault } = this.#settings
    const { sid, subject } = tokens
    const [login, session, all] = await Promise.all([
      vault.get('ended', `login ${loginId}`),
      vault.get('ended', sid === undefined ? `nameless ${subject}` : `sid ${sid}`),
      vault.get('ended', `sub ${subject}`),
    ])
    const after = (at: unknown) => typeof at === 'number' && at >= loggedInAt
    return login !== undefined || after(session) || after(all)
  }

  /** There is a newer one of this login. In the store, this one is then gone. */
  async #isRaised({ riseId }: SessionRecord): Promise<boolean> {
    return (await this.#settings.vault.get('ended', `rise ${riseId}`)) !== undefined
  }

  async #touch(exchange: Exchange, held: HeldSession): Promise<void> {
    const { vault, host } = this.#settings
    if (held.id !== undefined) {
      await vault.touch('session', held.id, this.#remainingSeconds(held.record))
    } else if (host.now() - held.record.seenAt >= touchEverySeconds) {
      await this.#rewriteCookie(exchange, held.record)
    }
  }

  async #rewriteCookie(exchange: Exchange, record: SessionRecord): Promise<void> {
    await this.#writeCookie(exchange, record)
    this.#rewritten.set(exchange, record)
  }

  async #writeCookie(exchange: Exchange, record: SessionRecord): Promise<void> {
    const { sealer, host } = this.#settings
    const seen = { ...record, seenAt: host.now() }
    writeSessionCookie(
      exchange,
      await sealer.seal(seen, cookiePlace),
      this.#remainingSeconds(record),
    )
  }

  #remainingSeconds(record: SessionRecord): number {
    return Math.min(this.#settings.idleSeconds, this.#absoluteSeconds(record))
  }

  #absoluteSeconds(record: SessionRecord): number {
    return Math.max(1, this.endsAt(record) - this.#settings.host.now())
  }
}
