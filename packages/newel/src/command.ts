import { Command } from 'commander'
import { addCheck } from './commands/check.ts'
import { addExplain } from './commands/explain.ts'
import { addKeysList } from './commands/keys-list.ts'
import { addKeysReseal } from './commands/keys-reseal.ts'
import { addKeysRotate } from './commands/keys-rotate.ts'
import { addKeysSealed } from './commands/keys-sealed.ts'
import { addMigrate } from './commands/migrate.ts'
import { addStart } from './commands/start.ts'
import { addUserAdd } from './commands/user-add.ts'
import { addUserDisable } from './commands/user-disable.ts'
import { addUserEnable } from './commands/user-enable.ts'
import { addUserList } from './commands/user-list.ts'
import { addUserPassword } from './commands/user-password.ts'
import { addUserRemove } from './commands/user-remove.ts'
import { addUserRecovery } from './commands/user-recovery.ts'
import { addUserRecoveryCodes } from './commands/user-recovery-codes.ts'
import { addUserTotp } from './commands/user-totp.ts'
import { addUserUnlock } from './commands/user-unlock.ts'
import { exitCodes } from './exit-code.ts'
import type { ExitCode } from './exit-code.ts'
import { failureOf } from './report-failure.ts'
import type { Surroundings } from './terminal/surroundings.ts'

/** A command tells how it ended; without a word it went well. */
export type Finish = (exitCode: ExitCode) => void

/** Runs `newel` with these arguments (without the program's own name). Failures are reported, never thrown. */
export async function runCommand(
  args: readonly string[],
  surroundings: Surroundings,
): Promise<ExitCode> {
  let exitCode: ExitCode = exitCodes.ok
  const program = newelCommand(surroundings, (finished) => {
    exitCode = finished
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return exitCode
  } catch (error) {
    const failure = failureOf(error, calledCommand(program, args))
    if (failure.line !== undefined) surroundings.warn(failure.line)
    return failure.exitCode
  }
}

/** The command that these arguments call, as it is typed: as many words as name one. */
function calledCommand(program: Command, args: readonly string[]): string {
  let command = program
  const words = [program.name()]
  for (const word of args) {
    const next = command.commands.find((each) => each.name() === word)
    if (!next) break
    command = next
    words.push(word)
  }
  return words.join(' ')
}

function newelCommand(surroundings: Surroundings, finish: Finish): Command {
  const program = new Command('newel')
    .description('Step-up authentication for OpenID Connect: serve, check and explain one policy.')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => surroundings.print(text.trimEnd()),
      writeErr: (text) => surroundings.warn(text.trimEnd()),
      // Failures are reported in one place.
      outputError: () => {},
    })
    .addHelpText('after', exitCodeHelp)
  addStart(program, surroundings)
  addMigrate(program, surroundings)
  addCheck(program, surroundings, finish)
  addExplain(program, surroundings, finish)
  const user = program.command('user').description('the people who can sign in')
  addUserAdd(user, surroundings)
  addUserList(user, surroundings)
  addUserRemove(user, surroundings)
  addUserPassword(user, surroundings)
  addUserTotp(user, surroundings)
  addUserRecoveryCodes(user, surroundings)
  addUserRecovery(user, surroundings)
  addUserDisable(user, surroundings)
  addUserEnable(user, surroundings)
  addUserUnlock(user, surroundings)
  const keys = program
    .command('keys')
    .description('the keys that sign tokens, and those that seal secrets')
  addKeysList(keys, surroundings)
  addKeysRotate(keys, surroundings)
  addKeysSealed(keys, surroundings)
  addKeysReseal(keys, surroundings)
  return program
}

const exitCodeHelp = `
Exit codes:
  0  done, or the answer is yes
  1  the answer is no: problems found, requirement not satisfied, user name taken
  2  called wrongly
  3  the machine stood in the way: file missing, database locked, port taken

Examples:
  $ newel check                          # is newel.yaml right?
  $ newel user add ada
  $ newel start -c newel.yaml`
