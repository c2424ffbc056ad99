import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { MailError } from './mail-error.ts'
import type { Mail, Mailer } from './mailer.ts'
import { createOutbox } from './outbox.ts'

const letter = { to: 'ada@example.com', subject: 'Hi', text: 'Hi' }

/** Fails as often as told. The real mail server is in the tests of the letters that go through this. */
function mailer(
  failures: number,
  error: Error = new MailError('undeliverable', 'no'),
): Mailer & { sent: Mail[]; tries: number } {
  return {
    sent: [],
    tries: 0,
    async send(mail) {
      this.tries += 1
      if (this.tries <= failures) throw error
      this.sent.push(mail)
    },
  }
}

function logger(): { told: unknown[]; warn: (...facts: unknown[]) => void } {
  const told: unknown[] = []
  return { told, warn: (...facts) => void told.push(...facts) }
}

describe('a posted letter', () => {
  it('is tried again until the mail server takes it', async () => {
    const outbox = createOutbox({ retryAfterSeconds: [0, 0, 0] })
    const by = mailer(2)
    expect(outbox.post(letter, by)).toBe(true)
    while (by.sent.length === 0) await pause(1)
    expect(by).toMatchObject({ tries: 3, sent: [letter] })
  })

  it('is given up after its last try, which the log tells without the address', async () => {
    const log = logger()
    const outbox = createOutbox({ retryAfterSeconds: [0, 0], logger: log })
    const by = mailer(9)
    outbox.post(letter, by)
    while (log.told.length === 0) await pause(1)
    expect(by.tries).toBe(3)
    expect(log.told[0]).toEqual({ code: 'undeliverable', tries: 3, to: 'a•••@example.com' })
  })

  it('is not tried again where its address is none', async () => {
    const by = mailer(9, new MailError('invalid_address', 'no'))
    const log = logger()
    createOutbox({ retryAfterSeconds: [0], logger: log }).post(letter, by)
    while (log.told.length === 0) await pause(1)
    expect(by.tries).toBe(1)
  })

  it('is refused where too many wait, and waits for no other that is tried again later', async () => {
    const outbox = createOutbox({ capacity: 1, retryAfterSeconds: [60] })
    expect(outbox.post(letter, mailer(9))).toBe(true)
    expect(outbox.post(letter, mailer(0))).toBe(false)
    await outbox.close(0)
  })
})

describe('at the end', () => {
  it('each letter that waits is tried once more, and none is taken', async () => {
    const outbox = createOutbox({ retryAfterSeconds: [60, 60] })
    const [late, lost] = [mailer(1), mailer(9)]
    outbox.post(letter, late)
    outbox.post(letter, lost)
    while (late.tries + lost.tries < 2) await pause(1)
    await outbox.close(5000)
    expect(late.sent).toEqual([letter])
    expect(lost.tries).toBe(2)
    expect(outbox.post(letter, mailer(0))).toBe(false)
  })

  it('nobody waits longer than stated for a mail server that does not answer', async () => {
    const outbox = createOutbox()
    outbox.post(letter, { send: async () => new Promise(() => {}) })
    await outbox.close(20)
  })
})
