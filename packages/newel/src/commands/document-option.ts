import type { Command } from 'commander'

export interface DocumentOption {
  readonly config?: string
}

export function withDocument(command: Command): Command {
  return command.option(
    '-c, --config <file>',
    'the policy document: YAML, JSON, or a module with a default export (default: newel.yaml)',
  )
}
