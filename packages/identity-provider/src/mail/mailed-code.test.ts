import { createHash, randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestMailServer, freePort, startMailServer } from '@newel/testing/house'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RandomBytes, createSealer } from '../secrets/index.ts'
import { type Store, openSqliteStore } from '../store/index.ts'
import {
  type AskedCode,
  type MailedCodes,
  createMailedCodes,
  mailedCodeAnswers,
  mailedCodeSeconds,
} from './mailed-code.ts'
import { createOutbox } from './outbox.ts'
import { createSmtpMailer } from './smtp-mailer.ts'

const now = 1_800_000_000
const asked: AskedCode = {
  purpose: 'confirm',
  address: 'ada@example.com',
  delivery: 'send',
  boundTo: 'request-1',
  locale: 'en',
  from: 'address:192.0.2.1',
  now,
}
let server: TestMailServer
let store: Store
let codes: MailedCodes

beforeEach(async () => {
  server = await startMailServer()
  const sealer = createSealer(new Uint8Array(32))
  store = await openSqliteStore({ path: ':memory:', sealer })
  codes = codesThrough(server.port)
})
afterEach(async () => {
  await server.close()
  await store.close()
})

function codesThrough(port: number, random: RandomBytes = randomBytes): MailedCodes {
  return createMailedCodes({
    store,
    random,
    mailer: createSmtpMailer({
      config: { from: 'id@example.com', smtp: { host: '127.0.0.1', port, tls: 'none' } },
    }),
    outbox: createOutbox(),
    providerName: 'Northgate ID',
  })
}

async function send(changes: Partial<AskedCode> = {}): Promise<string> {
  const sent = await codes.send({ ...asked, ...changes })
  if (sent.kind !== 'sent') throw new Error(sent.kind)
  return sent.id
}

async function codeIn(count = 1, address = asked.address): Promise<string> {
  const { mail } = await server.letterTo(address, count)
  return /\d{4} \d{4}/.exec(mail.text ?? '')?.[0] ?? ''
}

async function answer(
  id: string,
  response: string,
  changes: Partial<Parameters<MailedCodes['answer']>[0]> = {},
): Promise<unknown> {
  const { purpose, boundTo } = asked
  const judged = await codes.answer({ id, purpose, boundTo, response, now, ...changes })
  return judged.ok ? judged.address : judged.reason
}

describe('a code by mail', () => {
  it('is right as it was sent, with its gaps or without, and once', async () => {
    const id = await send()
    const code = await codeIn()
    expect(code).toMatch(/^\d{4} \d{4}$/)
    expect(await answer(id, ` ${code.replace(' ', '')}`)).toBe('ada@example.com')
    expect(await answer(id, code)).toBe('replayed')
  })

  it('is right for one of twenty who know it', async () => {
    const id = await send()
    const code = await codeIn()
    const judged = await Promise.all(Array.from({ length: 20 }, async () => answer(id, code)))
    expect(judged.filter((one) => one === 'ada@example.com')).toHaveLength(1)
  })

  it('is good until the second in which its time is over', async () => {
    const [first, second] = [await send(), await send()]
    const last = { now: now + mailedCodeSeconds - 1 }
    expect(await answer(first, await codeIn(1), last)).toBe('ada@example.com')
    expect(await answer(second, await codeIn(2), { now: now + mailedCodeSeconds })).toBe('expired')
  })

  it('is none for another purpose, another request or another id', async () => {
    const id = await send()
    const code = await codeIn()
    expect(await answer(id, code, { purpose: 'reset-password' })).toBe('expired')
    expect(await answer(id, code, { boundTo: 'request-2' })).toBe('expired')
    expect(await answer('other', code)).toBe('expired')
    expect(await answer(id, code)).toBe('ada@example.com')
  })

  it('is not good any more once another took its place, or it was revoked', async () => {
    const first = await send()
    const second = await send({ replaces: first })
    expect(await answer(first, await codeIn(1))).toBe('expired')
    await codes.revoke(second)
    expect(await answer(second, await codeIn(2))).toBe('expired')
  })

  it('takes no more answers than stated, however many come at once', async () => {
    const id = await send()
    const right = await codeIn()
    const wrong = right.startsWith('0') ? '1111 1111' : '0000 0000'
    const judged = await Promise.all(Array.from({ length: 20 }, async () => answer(id, wrong)))
    expect(judged.filter((one) => one === 'wrong')).toHaveLength(mailedCodeAnswers)
    expect(await answer(id, right)).toBe('expired')
  })

  it.each(['', '1234567', '123456789', 'abcdefgh', '１２３４５６７８'])(
    'is not %j, which costs no answer',
    async (typed) => {
      const id = await send()
      for (let count = 0; count < 6; count += 1) expect(await answer(id, typed)).toBe('malformed')
      expect(await answer(id, await codeIn())).toBe('ada@example.com')
    },
  )

  it('is nowhere in the database, and neither is the address', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'newel-mailed-code-'))
    await store.close()
    store = await openSqliteStore({
      path: join(folder, 'newel.db'),
      sealer: createSealer(new Uint8Array(32)),
    })
    codes = codesThrough(server.port)
    await send()
    const code = (await codeIn()).replace(' ', '')
    await store.close()
    const kept = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'latin1'))
    expect(kept.join('')).toContain('MailedCode')
    const digest = createHash('sha256').update(`newel mailed code ${code}`).digest()
    for (const secret of [code, 'ada', digest.toString('base64url'), digest.toString('latin1')]) {
      expect(kept.join('')).not.toContain(secret)
    }
    rmSync(folder, { recursive: true })
  })

  it.each([
    ['en', 'Your code for Northgate ID', 'Do not pass it on.'],
    ['de', 'Ihr Code für Northgate ID', 'Geben Sie ihn nicht weiter.'],
    ['fr', 'Votre code pour Northgate ID', 'Ne le transmettez pas.'],
  ] as const)('comes in the language of its reader: %s', async (locale, subject, words) => {
    await send({ locale })
    const { mail } = await server.letterTo(asked.address)
    expect(mail.subject).toBe(subject)
    expect(mail.text).toContain(words)
    expect(mail.html).toContain(words)
    expect(mail.html).not.toMatch(/<a |<img|https?:/)
    expect(mail.html).toContain(await codeIn())
  })
})

describe('letters with codes', () => {
  it('go to one address five times, and then after a pause', async () => {
    for (let count = 0; count < 5; count += 1) await send()
    expect(await codes.send(asked)).toEqual({ kind: 'throttled', until: now + 900 })
    expect(await codes.send({ ...asked, address: 'ADA@example.com' })).toMatchObject({
      kind: 'throttled',
    })
    await send({ address: 'grace@example.com' })
    await send({ purpose: 'verify-address' })
    await send({ now: now + 900 })
  })

  it('to an address are counted anew once a code of it came back', async () => {
    for (let count = 0; count < 4; count += 1) await send()
    const id = await send()
    expect(await codes.send(asked)).toMatchObject({ kind: 'throttled' })
    expect(await answer(id, await codeIn(5))).toBe('ada@example.com')
    for (let count = 0; count < 5; count += 1) await send()
    expect(await codes.send(asked)).toMatchObject({ kind: 'throttled' })
  })

  it('go from one network thirty times, to whomever', async () => {
    for (let count = 0; count < 30; count += 1) await send({ address: `a${count}@example.com` })
    expect(await codes.send({ ...asked, address: 'b@example.com' })).toMatchObject({
      kind: 'throttled',
    })
    await send({ address: 'b@example.com', from: 'address:192.0.2.2' })
  })

  it('that the mail server does not take leave no code, are told, and do not count', async () => {
    codes = codesThrough(await freePort())
    for (let count = 0; count < 6; count += 1) {
      expect(await codes.send(asked)).toEqual({ kind: 'undeliverable' })
    }
    expect(await store.artifacts.removeExpired(now + mailedCodeSeconds, 10)).toBe(0)
  })
})

describe('for whoever must not learn whether anybody is there', () => {
  it('a letter, another letter and none are answered alike', async () => {
    const other = { subject: 'You are here already', text: 'You have an account.' }
    const [letter, instead, none] = [
      await codes.send({ ...asked, delivery: 'post' }),
      await codes.send({ ...asked, address: 'grace@example.com', delivery: other }),
      await codes.send({ ...asked, address: 'nobody@example.com', delivery: 'nobody' }),
    ]
    const shape = { kind: 'sent', id: expect.stringMatching(/^.{22}$/), expiresAt: now + 600 }
    expect([letter, instead, none]).toEqual([shape, shape, shape])
    const { mail } = await server.letterTo('grace@example.com')
    expect(mail.subject).toBe(other.subject)
    if (letter.kind !== 'sent' || none.kind !== 'sent') throw new Error('not sent')
    expect(await answer(letter.id, await codeIn())).toBe('ada@example.com')
    expect(await answer(none.id, '0000 0000')).toBe('wrong')
    expect(server.letters).toHaveLength(2)
  })

  it('costs the store the same, to ask and to answer', async () => {
    const calls: string[] = []
    const counted = <Part extends object>(part: Part): Part =>
      new Proxy(part, {
        get(target, name, receiver) {
          calls.push(String(name))
          return Reflect.get(target, name, receiver) as unknown
        },
      })
    codes = createMailedCodes({
      store: { artifacts: counted(store.artifacts), attempts: counted(store.attempts) },
      random: randomBytes,
      mailer: { send: async () => {} },
      outbox: createOutbox(),
      providerName: 'Northgate ID',
    })
    const costs = []
    for (const delivery of ['post', { subject: 'Hi', text: 'Hi' }, 'nobody'] as const) {
      calls.length = 0
      const id = await send({ delivery })
      await answer(id, 'x')
      await answer(id, '0000 0000')
      costs.push(calls.join())
    }
    expect(new Set(costs).size).toBe(1)
    expect(costs[0]).toContain('upsert')
  })

  it('no answer is right where no code was sent, not even the one that would have been', async () => {
    // Without randomness it is known which.
    codes = codesThrough(server.port, (size) => new Uint8Array(size))
    expect(await answer(await send({ delivery: 'post' }), '0000 0000')).toBe('ada@example.com')
    const instead = { subject: 'Hi', text: 'Hi' }
    for (const delivery of ['nobody', instead] as const) {
      const id = await send({ delivery, id: typeof delivery })
      expect(await answer(id, '0000 0000')).toBe('wrong')
    }
  })

  it('is limited alike', async () => {
    const nobody = { ...asked, delivery: 'nobody' } as const
    for (let count = 0; count < 5; count += 1) await codes.send(nobody)
    const refused = await codes.send(nobody)
    expect(refused).toMatchObject({ kind: 'throttled', until: now + 900 })
    // Whoever must not be told of it has a code like any other that nobody was sent.
    const id = 'id' in refused ? (refused.id ?? '') : ''
    const { purpose, boundTo } = asked
    const guess = { id, purpose, boundTo, response: '00000000', now }
    expect(await codes.answer(guess)).toEqual({ ok: false, reason: 'wrong' })
  })
})
