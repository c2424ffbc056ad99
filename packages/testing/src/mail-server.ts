import { once } from 'node:events'
import PostalMime, { type Email } from 'postal-mime'
import { SMTPServer } from 'smtp-server'

/** A real mail server on loopback that keeps what it takes. */
export interface TestMailServer {
  readonly port: number
  /** What has come, oldest first. */
  readonly letters: readonly ReceivedLetter[]
  /** The `count`-th letter to `address`, from 1, as soon as it is there. */
  letterTo(address: string, count?: number): Promise<ReceivedLetter>
  close(): Promise<void>
}

export interface ReceivedLetter {
  /** The envelope: whom it really went to. */
  readonly recipients: readonly string[]
  readonly mail: Email
}

export interface TestMailServerOptions {
  /** What to say to each letter. Default: it is taken. */
  readonly refuse?: () => Error | undefined
  /** Default: no login is asked. */
  readonly login?: { readonly username: string; readonly password: string }
}

export async function startMailServer({
  refuse,
  login,
}: TestMailServerOptions = {}): Promise<TestMailServer> {
  const letters: ReceivedLetter[] = []
  const waiting = new Set<() => void>()
  const keep = async (source: Buffer, recipients: readonly string[]): Promise<void> => {
    letters.push({ recipients, mail: await PostalMime.parse(source) })
    for (const look of waiting) look()
  }
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS', ...(login === undefined ? ['AUTH'] : [])],
    authOptional: login === undefined,
    allowInsecureAuth: true,
    onAuth({ username, password }, _session, callback) {
      if (username === login?.username && password === login?.password) callback(null, { user: 1 })
      else callback(new Error('not you'))
    },
    onData(stream, session, callback) {
      const parts: Buffer[] = []
      stream.on('data', (part: Buffer) => parts.push(part))
      stream.on('end', () => {
        const refusal = refuse?.()
        if (refusal) return callback(refusal)
        const recipients = session.envelope.rcptTo.map(({ address }) => address)
        void keep(Buffer.concat(parts), recipients)
        callback()
      })
    },
  })
  server.listen(0, '127.0.0.1')
  await once(server.server, 'listening')
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    port: address.port,
    letters,
    async letterTo(recipient, count = 1) {
      return new Promise((resolve) => {
        const look = (): void => {
          const letter = letters.filter(({ recipients }) => recipients.includes(recipient))[
            count - 1
          ]
          if (letter === undefined) return
          waiting.delete(look)
          resolve(letter)
        }
        waiting.add(look)
        look()
      })
    },
    async close() {
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve()
        })
      })
    },
  }
}
