import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

export interface RunningNext {
  close(): Promise<void>
}

/** An application of Next.js, built and started on `localhost`. */
export async function startNext(
  /** Left as it is. Next.js is the one that this folder finds. */
  application: URL,
  port: number,
  /** What its build and its server read, beside what this process has. */
  variables: Readonly<Record<string, string>>,
): Promise<RunningNext> {
  const env = { ...process.env, NEXT_TELEMETRY_DISABLED: '1', ...variables }
  const next = createRequire(application).resolve('next/dist/bin/next')
  // The build reads and writes beside the application, so it gets a copy; near by, whose modules it finds.
  const cwd = await mkdtemp(fileURLToPath(new URL('./.next-app-', application)))
  await cp(fileURLToPath(application), cwd, { recursive: true })
  await promisify(execFile)(process.execPath, [next, 'build'], { cwd, env })
  const server = spawn(process.execPath, [next, 'start', '-p', String(port), '-H', 'localhost'], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let printed = ''
  for await (const chunk of server.stdout) {
    printed += String(chunk)
    if (printed.includes('Ready')) break
  }
  return {
    async close() {
      if (server.exitCode === null) {
        server.kill()
        await once(server, 'exit')
      }
      await rm(cwd, { recursive: true, force: true })
    },
  }
}
