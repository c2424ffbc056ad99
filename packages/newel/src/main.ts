#!/usr/bin/env node
import { runCommand } from './command.ts'
import { processSurroundings } from './terminal/process-surroundings.ts'

// Not `process.exit`: what was printed must reach a pipe before the process ends.
process.exitCode = await runCommand(process.argv.slice(2), processSurroundings())
