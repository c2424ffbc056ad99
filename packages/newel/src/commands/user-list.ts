import type { Command } from 'commander'
import { formatTable, plainText } from '../terminal/plain-text.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { onPeople } from './on-people.ts'
import { withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface ListedPerson {
  readonly id: string
  readonly username: string
  readonly name?: string
  readonly email?: string
  readonly disabled: boolean
  readonly createdAt: number
  /** Kinds, each once. */
  readonly authenticators: readonly string[]
}

export function addUserList(user: Command, surroundings: Surroundings): void {
  withData(user.command('list'))
    .description('show who can sign in, and with what')
    .option('--json', 'print them as a JSON list')
    .addHelpText(
      'after',
      `
Examples:
  $ newel user list
  $ newel user list --json | jq -r '.[] | select(.authenticators == ["password"]).username'`,
    )
    .action(async (options: DataOptions & { readonly json?: true }) => {
      await onPeople(options, surroundings, { create: false }, async (people, { store }) => {
        const listed: ListedPerson[] = []
        for await (const { id, username, name, email, disabled, createdAt } of people.list()) {
          const credentials = await store.credentials.forAccount(id)
          listed.push({
            id,
            username,
            ...(name !== undefined && { name }),
            ...(email !== undefined && { email }),
            disabled,
            createdAt,
            authenticators: [...new Set(credentials.map(({ method }) => method))],
          })
        }
        surroundings.print(options.json ? JSON.stringify(listed) : tableOf(listed))
      })
    })
}

function tableOf(people: readonly ListedPerson[]): string {
  const rows = people.map(({ username, name, email, disabled, authenticators }) => [
    plainText(username),
    plainText(name ?? '-'),
    plainText(email ?? '-'),
    `${authenticators.join(', ') || '-'}${disabled ? ' (disabled)' : ''}`,
  ])
  return formatTable([['USERNAME', 'NAME', 'EMAIL', 'AUTHENTICATORS'], ...rows])
}
