import { createServer } from 'node:net'
import type { MailConfig } from '@newel/policy-document'
import { type TestMailServer, freePort, startMailServer } from '@newel/testing/house'
import { afterEach, describe, expect, it } from 'vitest'
import { createSmtpMailer } from './smtp-mailer.ts'

const letter = { to: 'ada@example.com', subject: 'Größe', text: 'The code is 123456.' }
let server: TestMailServer | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

function configOf(port: number, smtp: Partial<MailConfig['smtp']> = {}): MailConfig {
  return {
    from: 'Newel <id@example.com>',
    smtp: { host: '127.0.0.1', port, tls: 'none', ...smtp },
  }
}

describe('a letter', () => {
  it('arrives at its recipient as plain text and HTML, and asks for no automatic answer (RFC 3834)', async () => {
    server = await startMailServer()
    await createSmtpMailer({ config: configOf(server.port) }).send({ ...letter, html: '<p>Hi</p>' })
    const { recipients, mail } = await server.letterTo('ada@example.com')
    expect(recipients).toEqual(['ada@example.com'])
    expect(mail.from).toMatchObject({ name: 'Newel', address: 'id@example.com' })
    expect(mail.subject).toBe('Größe')
    expect(mail.text?.trim()).toBe('The code is 123456.')
    expect(mail.html).toContain('<p>Hi</p>')
    expect(mail.headers.find(({ key }) => key === 'auto-submitted')?.value).toBe('auto-generated')
  })

  it('is sent after a login where the server asks for one', async () => {
    server = await startMailServer({ login: { username: 'newel', password: 'right' } })
    const config = configOf(server.port, { username: 'newel' })
    await createSmtpMailer({ config, password: 'right' }).send(letter)
    await server.letterTo(letter.to)
    const refused = createSmtpMailer({ config, password: 'wrong' }).send(letter)
    await expect(refused).rejects.toMatchObject({ code: 'undeliverable' })
  })

  it('does not go in the clear to a server that offers no TLS (RFC 8314 §3)', async () => {
    server = await startMailServer()
    const mailer = createSmtpMailer({ config: configOf(server.port, { tls: 'starttls' }) })
    await expect(mailer.send(letter)).rejects.toMatchObject({ code: 'undeliverable' })
    expect(server.letters).toEqual([])
  })

  it.each([
    'ada@example.com, eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    '"Ada" <ada@example.com>',
    'ada',
    '',
  ])('goes to one plain address: %j is none', async (to) => {
    server = await startMailServer()
    const mailer = createSmtpMailer({ config: configOf(server.port) })
    await expect(mailer.send({ ...letter, to })).rejects.toMatchObject({ code: 'invalid_address' })
    expect(server.letters).toEqual([])
  })

  it('cannot gain a header by its subject', async () => {
    server = await startMailServer()
    const mailer = createSmtpMailer({ config: configOf(server.port) })
    await mailer.send({ ...letter, subject: 'Hi\r\nBcc: eve@example.com' })
    const { recipients, mail } = await server.letterTo('ada@example.com')
    expect(recipients).toEqual(['ada@example.com'])
    expect(mail.bcc ?? []).toEqual([])
  })
})

describe('a failure', () => {
  it.each([
    [
      'refused',
      async () => startMailServer({ refuse: () => new Error('no ada@example.com here') }),
    ],
    ['without a server', async () => ({ port: await freePort(), close: async () => {} })],
  ])('%s is told without address, text or the words of the server', async (_, open) => {
    const opened = await open()
    const told: unknown[] = []
    const logger = { warn: (...facts: unknown[]) => void told.push(...facts) }
    const error: unknown = await createSmtpMailer({ config: configOf(opened.port), logger })
      .send(letter)
      .catch((thrown: unknown) => thrown)
    await opened.close()
    expect(error).toMatchObject({ name: 'MailError', code: 'undeliverable' })
    expect(error).not.toHaveProperty('cause')
    expect(told).toHaveLength(2)
    expect(JSON.stringify([told, String(error)])).not.toMatch(/ada|123456|Größe/)
  })

  it('of a server that never speaks ends by itself', { timeout: 20_000 }, async () => {
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => {
      silent.listen(0, '127.0.0.1', resolve)
    })
    const address = silent.address()
    const port = typeof address === 'object' ? (address?.port ?? 0) : 0
    const sending = createSmtpMailer({ config: configOf(port) }).send(letter)
    await expect(sending).rejects.toMatchObject({ code: 'timeout' })
    silent.close()
  })
})
