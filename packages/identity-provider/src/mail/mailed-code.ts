import { createHash, timingSafeEqual } from 'node:crypto'
import type { EpochSeconds } from '@newel/policy'
import type { Locale } from '../interaction/pages/locale.ts'
import { type RandomBytes, randomId } from '../secrets/index.ts'
import type { AttemptLimit, CountedFailure, Json, Store } from '../store/index.ts'
import { addressIdentity } from './address.ts'
import { type CodePurpose, codeLetter } from './code-letter.ts'
import type { Letter } from './letter.ts'
import type { Mailer } from './mailer.ts'
import type { Outbox } from './outbox.ts'

/** How long a code is good for, in seconds. */
export const mailedCodeSeconds = 600

/** Answers to one code, the right one included. */
export const mailedCodeAnswers = 5

const digits = 8

/** Letters to one address for one purpose: the last of them begins a pause. */
const perAddress: AttemptLimit = { attempts: 5, windowSeconds: 900, lockSeconds: 900 }

/** Letters that one network address has sent, to whomever. */
const perNetwork: AttemptLimit = { attempts: 30, windowSeconds: 900, lockSeconds: 900 }

/**
 * Codes that are sent to an address and typed back. A code is good for one purpose, on one page, once and for a while; what
 * is kept of it is a sealed digest. Whether anybody is at the address makes no difference that its asker could see.
 */
export interface MailedCodes {
  send(asked: AskedCode): Promise<SentCode>
  /** Judges an answer; a right one is right for exactly one caller, ever. */
  answer(answer: CodeAnswer): Promise<AnsweredCode>
  /** The code is good for nothing any more. */
  revoke(id: string): Promise<void>
}

export interface AskedCode {
  readonly purpose: CodePurpose
  /** As `plainAddress` gives it. Letters are counted by it, whether anybody is there or not. */
  readonly address: string
  /**
   * - `send`: the letter goes out at once, and what hinders it is told. For a person who is known already.
   * - `post`: the letter goes out soon, and the answer comes at once. For whoever must not learn whether anybody is there.
   * - `nobody`: no letter, and no answer will be right; in all else as `post`.
   * - a letter: goes out in the place of the code, and no answer will be right; in all else as `post`.
   */
  readonly delivery: 'send' | 'post' | 'nobody' | Letter
  /** What the code belongs to, such as an authorization request and an account. Its answer must name the same. */
  readonly boundTo: string
  /** Of the reader. */
  readonly locale: Locale
  /** Where the request comes from, as `addressKey` names it. */
  readonly from: string
  readonly now: EpochSeconds
  /** A code that this one takes the place of. */
  readonly replaces?: string
  /** Its id, random and never used before. Absent: one is made. */
  readonly id?: string
}

export type SentCode =
  | { readonly kind: 'sent'; readonly id: string; readonly expiresAt: EpochSeconds }
  /**
   * Too many letters to this address, or from this network. `id` is of a code that no answer is right for, where nobody waits
   * for the letter: whoever must not be told of it goes on with that. Absent where the letter was to be sent at once.
   */
  | { readonly kind: 'throttled'; readonly until: EpochSeconds; readonly id?: string }
  /** Only where the letter was to be sent at once. No code is in force, and the one before still is. */
  | { readonly kind: 'undeliverable' }

export interface CodeAnswer {
  readonly id: string
  readonly purpose: CodePurpose
  readonly boundTo: string
  /** What the person typed. Not trusted. */
  readonly response: Json
  readonly now: EpochSeconds
}

export type AnsweredCode =
  | { readonly ok: true; readonly address: string }
  /**
   * `expired`: too old, replaced, answered too often, or for something else. `replayed`: used already. The other two count
   * as guesses.
   */
  | { readonly ok: false; readonly reason: 'wrong' | 'malformed' | 'expired' | 'replayed' }

export interface MailedCodeOptions {
  readonly store: Pick<Store, 'artifacts' | 'attempts'>
  readonly random: RandomBytes
  readonly mailer: Mailer
  readonly outbox: Outbox
  /** What the letters call the provider. */
  readonly providerName: string
}

const model = 'MailedCode'

interface Counted {
  readonly key: string
  readonly limit: AttemptLimit
  readonly told: CountedFailure
}

/** The store seals it: of eight digits no hash alone keeps a secret. */
interface KeptCode {
  readonly purpose: CodePurpose
  readonly address: string
  readonly boundTo: string
  /** base64url. */
  readonly digest: string
}

export function createMailedCodes(options: MailedCodeOptions): MailedCodes {
  const { store, random, mailer, outbox, providerName } = options
  const { artifacts, attempts } = store

  /** Both are counted, so that a refused address does not spare the network. */
  async function count({ from, now, ...to }: AskedCode): Promise<readonly Counted[]> {
    const counters = [
      { key: `mail-from:${from}`, limit: perNetwork },
      { key: addressCountKey(to), limit: perAddress },
    ]
    return Promise.all(
      counters.map(async ({ key, limit }) => ({
        key,
        limit,
        told: await attempts.fail(key, now, limit),
      })),
    )
  }

  async function keep(id: string, code: string, asked: AskedCode): Promise<EpochSeconds> {
    const { purpose, address, boundTo, now } = asked
    const digest = digestOf(code).toString('base64url')
    const kept: KeptCode = { purpose, address, boundTo, digest }
    const expiresAt = now + mailedCodeSeconds
    await artifacts.upsert(model, id, { ...kept }, expiresAt)
    return expiresAt
  }

  async function deliver(code: string, asked: AskedCode): Promise<boolean> {
    const { purpose, address: to, delivery, locale } = asked
    const minutes = mailedCodeSeconds / 60
    const letter = codeLetter({ purpose, code, minutes, providerName, locale })
    if (delivery === 'send') {
      try {
        await mailer.send({ to, ...letter })
      } catch {
        // The mailer has told the log why.
        return false
      }
    } else if (delivery !== 'nobody') {
      outbox.post({ to, ...(delivery === 'post' ? letter : delivery) }, mailer)
    }
    return true
  }

  return {
    async send(asked) {
      const { now } = asked
      const counted = await count(asked)
      const refused = counted.filter(({ told }) => !told.counted)
      if (refused.length > 0) {
        const until = Math.max(...refused.map(({ told }) => told.lockedUntil ?? now))
        if (asked.delivery === 'send') return { kind: 'throttled', until }
        const id = asked.id ?? randomId(random)
        await keep(id, randomId(random), asked)
        return { kind: 'throttled', until, id }
      }
      const id = asked.id ?? randomId(random)
      const code = newCode(random)
      // What was not sent must never be right, though it is kept just the same.
      const isSent = asked.delivery === 'send' || asked.delivery === 'post'
      const expiresAt = await keep(id, isSent ? code : randomId(random), asked)
      if (!(await deliver(code, asked))) {
        await artifacts.destroy(model, id)
        // A mail server in trouble should not use up what a person may ask for.
        for (const { key, limit, told } of counted) await attempts.takeBack(key, now, limit, told)
        return { kind: 'undeliverable' }
      }
      if (asked.replaces !== undefined) await artifacts.destroy(model, asked.replaces)
      return { kind: 'sent', id, expiresAt }
    },

    async answer({ id, purpose, boundTo, response, now }) {
      const code = readCode(response)
      if (code === undefined) return { ok: false, reason: 'malformed' }
      const stored = await artifacts.find(model, id, now)
      const kept = stored && keptIn(stored.payload)
      if (!stored || !kept || kept.purpose !== purpose || kept.boundTo !== boundTo) {
        return { ok: false, reason: 'expired' }
      }
      // Counted before it is judged, so that guesses at once are counted too.
      const { counted } = await attempts.fail(`mailed-code:${id}`, now, perCode)
      if (!counted) return { ok: false, reason: 'expired' }
      if (!timingSafeEqual(digestOf(code), Buffer.from(kept.digest, 'base64url'))) {
        return { ok: false, reason: 'wrong' }
      }
      if (!(await artifacts.consume(model, id, now))) return { ok: false, reason: 'replayed' }
      // Whoever reads the letters may have more of them.
      await attempts.clear(addressCountKey(kept))
      return { ok: true, address: kept.address }
    },

    async revoke(id) {
      await artifacts.destroy(model, id)
    },
  }
}

/** As long as the code lives: nothing is forgiven in between. */
const perCode: AttemptLimit = {
  attempts: mailedCodeAnswers,
  windowSeconds: mailedCodeSeconds,
  lockSeconds: mailedCodeSeconds,
}

/** By purpose, so that who asks for one kind of letter does not keep its owner from another. */
function addressCountKey({ purpose, address }: Pick<AskedCode, 'purpose' | 'address'>): string {
  const hash = createHash('sha256').update(addressIdentity(address)).digest('base64url')
  return `mail-to:${purpose}:${hash}`
}

/** 128 random bits by the number of codes: no code is likelier than another by more than one in 2^101. */
function newCode(random: RandomBytes): string {
  const number = BigInt(`0x${Buffer.from(random(16)).toString('hex')}`) % 10n ** BigInt(digits)
  return number.toString().padStart(digits, '0')
}

/** The letter shows it in groups. */
function readCode(response: Json): string | undefined {
  if (typeof response !== 'string' || response.length > 32) return undefined
  const code = response.replaceAll(/[\s-]/g, '')
  return code.length === digits && /^[0-9]+$/.test(code) ? code : undefined
}

function digestOf(code: string): Buffer {
  return createHash('sha256').update(`newel mailed code ${code}`).digest()
}

function keptIn(payload: Readonly<Record<string, unknown>>): KeptCode {
  return payload as unknown as KeptCode
}
