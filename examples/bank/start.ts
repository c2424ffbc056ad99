import { join } from 'node:path'
import { IdentityProviderError } from '@newel/identity-provider'
import { type RunningBank, startBank } from './bank.ts'
import { PortTakenError } from './server/port-taken-error.ts'

/** The port wanted is taken: fit for scripts to tell from a fault. */
const portTakenExit = 3
const usageExit = 2

/** Of this checkout, wherever it is started from: passkeys that were added are there again after a restart. */
const demoData = join(import.meta.dirname, '..', '..', '.newel', 'demo')

async function main(): Promise<void> {
  const portBase = Number(process.env['NEWEL_PORT_BASE'] ?? 4000)
  if (!Number.isSafeInteger(portBase) || portBase < 1 || portBase > 65_000) {
    say('NEWEL_PORT_BASE must be a port from 1 to 65000')
    process.exitCode = usageExit
    return
  }
  const data = process.env['NEWEL_DEMO_DATA'] ?? demoData
  const bank = await startBank({ portBase, data })
  say(greeting(bank))
  const stop = (): void => {
    process.off('SIGINT', stop)
    process.off('SIGTERM', stop)
    void bank.close()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
}

function greeting({ addresses, people }: RunningBank): string {
  const widest = Math.max(...people.map(({ password }) => password.length))
  return `
  Baluster Bank is open:  ${addresses.bank}
  Newel, its provider:    ${addresses.provider}/account
  One-time codes:         ${addresses.bank}/demo/codes   (of the demo people; there is no such page outside a demo)

${people
  .map(
    ({ username, password, note }) =>
      `  ${username.padEnd(5)} ${password.padEnd(widest)}   ${note}`,
  )
  .join('\n')}

  Try: log in as ada and look around; change the payment details (a second factor); send 1000 or more (a passkey,
  every time); log in as olga and open the admin dashboard (a passkey or security key). Ctrl-C ends everything.
`
}

function say(text: string): void {
  process.stdout.write(`${text}\n`)
}

try {
  await main()
} catch (error) {
  const taken = takenPort(error)
  if (taken === undefined) throw error
  process.stderr.write(
    `${taken}; end the program that uses it, or choose other ports: NEWEL_PORT_BASE=5000 npm start\n`,
  )
  process.exitCode = portTakenExit
}

function takenPort(error: unknown): string | undefined {
  if (error instanceof PortTakenError) return error.message
  if (error instanceof IdentityProviderError && error.code === 'address_in_use')
    return error.message
  return undefined
}
