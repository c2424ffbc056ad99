import type { Command } from 'commander'
import type { Finish } from '../command.ts'
import { documentFile } from '../document/document-file.ts'
import { usableDocument } from '../document/usable-document.ts'
import { answerTo, exitCodeOf } from '../explain/answer.ts'
import {
  eventsOf,
  parseAge,
  parseBody,
  parseHeader,
  parseLevels,
  parseMethods,
  parseProved,
} from '../explain/arguments.ts'
import type { Proved } from '../explain/arguments.ts'
import { questionOf } from '../explain/question.ts'
import type { QuestionOptions } from '../explain/question.ts'
import { answerToJson, renderAnswer } from '../explain/render-answer.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { withDocument } from './document-option.ts'
import type { DocumentOption } from './document-option.ts'

interface ExplainOptions extends DocumentOption, QuestionOptions {
  readonly proved?: readonly Proved[]
  readonly enrolled?: readonly string[]
  readonly json?: true
}

export function addExplain(program: Command, surroundings: Surroundings, finish: Finish): void {
  withDocument(program.command('explain'))
    .description(
      'say what an action asks of an authentication, whether it is met, and what would meet it',
    )
    .option('--require <name>', 'a requirement of the document')
    .option('--acr <levels>', 'levels, any of which is enough, the preferred first', parseLevels)
    .option(
      '--max-age <duration>',
      'oldest acceptable proof, such as 10m; 0: for this request',
      parseAge,
    )
    .option('--path <path>', 'path of a request for the rules to match, with its query')
    .option('--method <method>', 'HTTP method of that request (default: GET)')
    .option('--host <host>', 'host of that request')
    .option('--header <name=value>', 'header of that request; may be repeated', parseHeader)
    .option('--body <json>', 'body of that request', parseBody)
    .option(
      '--proved <method=age>',
      'proved so long ago in this session; `=request`: for this request; may be repeated',
      parseProved,
    )
    .option(
      '--enrolled <methods>',
      'what the person could prove (default: all offered)',
      parseMethods,
    )
    .option('--json', 'print match, requirement, decision, steps and plans as JSON')
    .addHelpText(
      'after',
      `
Exits with 0 where the requirement is satisfied or nothing is asked, else with 1.

Examples:
  $ newel explain --require change-payment-details --proved password=30m --proved totp=2m
  $ newel explain --acr mfa --max-age 10m --proved password=1h --enrolled password,totp
  $ newel explain --method POST --path /api/transfers --body '{"amount": 2500}'`,
    )
    .action(async (options: ExplainOptions) => {
      const file = documentFile(surroundings.cwd, options.config)
      const { document } = await usableDocument(file)
      const now = surroundings.clock()
      const answer = answerTo(document, questionOf(document, options), {
        now,
        record: (options.proved ?? []).flatMap((proved) => eventsOf(proved, now)),
        ...(options.enrolled && { enrolled: options.enrolled }),
      })
      surroundings.print(options.json ? JSON.stringify(answerToJson(answer)) : renderAnswer(answer))
      finish(exitCodeOf(answer))
    })
}
