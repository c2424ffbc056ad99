import type { EpochSeconds } from '@newel/policy'
import { type KoaContextWithOIDC, type Provider, errors } from 'oidc-provider'
import type { ArtifactStore } from '../store/index.ts'
import { sendAgainLater } from './send-again.ts'

/**
 * How long it is known that a session's id is over, in seconds: longer than any request lasts that read the session under
 * it. Nothing is written under such an id, and whoever brings it is a stranger.
 */
const endedSeconds = 600

/** Thrown by the adapter to whoever writes a session under an id that is over. */
export class SessionIdEndedError extends Error {
  override readonly name = 'SessionIdEndedError'
  readonly code = 'session_id_ended'
}

/** Tells whether the id was alive until now: true for exactly one caller. */
export async function endSessionId(
  artifacts: ArtifactStore,
  id: string,
  now: EpochSeconds,
): Promise<boolean> {
  return artifacts.consume('Session', id, now, now + endedSeconds)
}

interface Authorization {
  readonly sid?: string
  readonly grantId?: string
}

/** What the library's session has and its types do not tell. */
interface RotatingSession {
  id: string
  readonly uid: string
  readonly accountId?: string
  /** Absent: it was never stored. */
  readonly exp?: number
  /** The browser brought no id. */
  readonly new?: boolean
  touched?: boolean
  /** The id that the browser has until this answer reaches it. */
  oldId?: string | undefined
  authorizations?: Record<string, Authorization>
  state?: unknown
  /** Its id was over before it could be written. */
  outrun?: boolean
  save: (this: RotatingSession, ttl: number) => Promise<unknown>
  persist(): Promise<unknown>
  destroy: (this: RotatingSession) => Promise<void>
}

interface SessionModel {
  readonly prototype: RotatingSession
  get: (this: SessionModel, ctx: KoaContextWithOIDC) => Promise<RotatingSession>
  findByUid(uid: string): Promise<RotatingSession | undefined>
  instantiate(payload?: object): RotatingSession
}

/**
 * What happens where a session changes its id, as it does at every rise of level, while other requests of the same browser
 * are on their way. Of requests that change it at once one succeeds; whoever comes second leaves the browser's cookie
 * alone; nothing is written under an id that is over. The library would write the session back under its old id, or give
 * the browser an empty one.
 */
export function changeSessionIds(
  provider: Provider,
  artifacts: ArtifactStore,
  clock: () => EpochSeconds,
): void {
  const model = provider.Session as unknown as SessionModel
  const { prototype } = model
  const { save, destroy } = prototype
  const { get } = model

  // The library removes a session under its old id before it writes it under the new one, and a process that dies in
  // between signs the person out. Here the new one is written first; for that moment two rows have one uid, and the new id
  // is known to nobody yet.
  prototype.save = async function saveThenEnd(ttl) {
    const changed = this.exp === undefined ? undefined : this.oldId
    this.oldId = undefined
    try {
      const saved = await save.call(this, ttl)
      if (changed === undefined || (await endSessionId(artifacts, changed, clock()))) return saved
      await artifacts.destroy('Session', this.id)
    } catch (error) {
      if (!(error instanceof SessionIdEndedError)) throw error
    }
    await addTo(model, this)
    this.outrun = true
    this.touched = false
    return undefined
  }

  // Whoever ends a session ends it under the id that it has by now.
  prototype.destroy = async function destroyEvery() {
    await destroy.call(this)
    const other = await model.findByUid(this.uid)
    await other?.destroy()
  }

  model.get = async function getOrSendAgain(ctx) {
    const session = await get.call(this, ctx)
    const { oidc } = ctx as { oidc?: KoaContextWithOIDC['oidc'] }
    // Outside a request of the library no cookie is set.
    if (oidc === undefined || session.exp !== undefined || session.new === true) return session
    const id = oidc.cookies.get(provider.cookieName('session'), { signed: true })
    const stored = id === undefined ? undefined : await artifacts.find('Session', id, clock())
    if (stored?.consumedAt === undefined) return session
    if (sendAgainLater(ctx)) throw new SentAgainError()
    // As one who brings no cookie: a new one is set by a sign-in alone.
    const stranger = this.instantiate()
    oidc.entity('Session', stranger)
    return stranger
  }
}

/** The answer to it is thrown away: see `sendAgain`. */
class SentAgainError extends errors.OIDCProviderError {
  constructor() {
    super(400, 'session_id_changed')
  }
}

/** What a request that was outrun has granted is of the session as well, whatever its id is now. */
async function addTo(model: SessionModel, outrun: RotatingSession): Promise<void> {
  for (;;) {
    const current = await model.findByUid(outrun.uid)
    // Ended, or somebody else's: what was granted cannot be redeemed then.
    if (current === undefined || current.accountId !== outrun.accountId) return
    current.authorizations = { ...outrun.authorizations, ...current.authorizations }
    current.state ??= outrun.state
    await current.persist()
    if (current.outrun !== true) return
  }
}

/** Takes the cookie out of the answer to a request that was outrun: the browser has a newer one, or is about to. */
export function keepNewerCookie(
  provider: Provider,
): (ctx: KoaContextWithOIDC, next: () => Promise<unknown>) => Promise<void> {
  const names = ['', '.sig'].map((suffix) => `${provider.cookieName('session')}${suffix}=`)
  return async (ctx, next) => {
    await next()
    const { oidc } = ctx as { oidc?: { session?: unknown } }
    if ((oidc?.session as RotatingSession | undefined)?.outrun !== true) return
    const kept = [ctx.response.get('set-cookie')]
      .flat()
      .filter((line) => !names.some((name) => line.startsWith(name)))
    ctx.remove('set-cookie')
    if (kept.length > 0) ctx.set('set-cookie', kept)
  }
}
