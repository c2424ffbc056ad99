import { connect } from 'node:net'
import type { Socket } from 'node:net'

const connections = 16

/**
 * Sends `count` GETs with the tokens in turn, from the one numbered `first`, over connections that stay open, and counts the
 * answers by status. Bytes and no client library: the machine is shared, and what the sender costs is taken from what it
 * measures.
 */
export async function sendRequests(
  address: string,
  path: string,
  tokens: readonly string[],
  count: number,
  first = 0,
): Promise<{ seconds: number; statuses: ReadonlyMap<number, number> }> {
  const { hostname, port } = new URL(address)
  const statuses = new Map<number, number>()
  let sent = 0
  const began = performance.now()
  const lane = async (): Promise<void> =>
    new Promise((resolve, reject) => {
      const socket = connect(Number(port), hostname)
      const next = (): void => {
        if (sent >= count) {
          socket.end()
          resolve()
          return
        }
        const token = tokens[(first + sent) % tokens.length] ?? ''
        sent += 1
        socket.write(
          `GET ${path} HTTP/1.1\r\nHost: ${hostname}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        )
      }
      socket.once('connect', next)
      socket.once('error', reject)
      onAnswers(socket, (status) => {
        statuses.set(status, (statuses.get(status) ?? 0) + 1)
        next()
      })
    })
  await Promise.all(Array.from({ length: connections }, lane))
  return { seconds: (performance.now() - began) / 1000, statuses }
}

/** Every answer here states its length or comes in one chunk. */
function onAnswers(socket: Socket, answered: (status: number) => void): void {
  let pending = ''
  socket.on('data', (data) => {
    pending += data.toString('latin1')
    const head = pending.indexOf('\r\n\r\n')
    if (head < 0) return
    const length = /\r\ncontent-length: (\d+)/i.exec(pending.slice(0, head + 2))?.[1]
    const isWhole =
      length === undefined
        ? pending.endsWith('0\r\n\r\n')
        : pending.length >= head + 4 + Number(length)
    if (!isWhole) return
    const status = Number(pending.slice(9, 12))
    pending = ''
    answered(status)
  })
}
