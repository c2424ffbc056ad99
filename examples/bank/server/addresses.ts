import { createServer } from 'node:net'

/** Where the three parts of the demo are. Origins, without a closing slash. */
export interface Addresses {
  readonly provider: string
  readonly bank: string
  readonly ledger: string
}

/** The addresses that `newel.yaml` is written for. */
const writtenFor: Addresses = {
  provider: 'http://localhost:4000',
  bank: 'http://localhost:4100',
  ledger: 'http://localhost:4101',
}

export function addressesFrom(portBase: number): Addresses {
  const at = (offset: number) => `http://localhost:${portBase + offset}`
  return { provider: at(0), bank: at(100), ledger: at(101) }
}

/** Addresses on ports that were free a moment ago. The document names them, so they are chosen before anything listens. */
export async function freeAddresses(): Promise<Addresses> {
  const servers = await Promise.all([listenAnywhere(), listenAnywhere(), listenAnywhere()])
  const [provider, bank, ledger] = servers.map(({ port }) => `http://localhost:${port}`)
  await Promise.all(servers.map(({ close }) => close()))
  if (!provider || !bank || !ledger) throw new Error('three servers have three addresses')
  return { provider, bank, ledger }
}

/** `newel.yaml` for other ports: its addresses of the provider and the bank replaced, in one pass. */
export function documentAt(text: string, addresses: Addresses): string {
  return text.replaceAll(/http:\/\/localhost:(?:4000|4100)\b/g, (written) =>
    written === writtenFor.provider ? addresses.provider : addresses.bank,
  )
}

export function portOf(address: string): number {
  return Number(new URL(address).port)
}

async function listenAnywhere(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, 'localhost', resolve)
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return {
    port: address.port,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
