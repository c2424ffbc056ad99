import { isIP } from 'node:net'
import { InvalidArgumentError } from 'commander'
import type { Command } from 'commander'
import type { Readiness } from '@newel/identity-provider'
import { formatProblem } from '@newel/policy-document'
import { documentFile } from '../document/document-file.ts'
import { type TakeDocument, createDocumentReload } from '../document/document-reload.ts'
import { servableDocument } from '../document/usable-document.ts'
import type { OperationsServer } from '../operations/operations-server.ts'
import type { Surroundings } from '../terminal/surroundings.ts'
import { dataFolder, withData } from './with-data.ts'
import type { DataOptions } from './with-data.ts'

interface StartOptions extends DataOptions {
  readonly port?: number
  readonly host?: string
  readonly trustProxy?: readonly string[]
  readonly operationsPort?: number
  readonly operationsHost: string
  readonly drain: number
}

/** How often a running provider looks for a changed document, and for keys that `newel keys rotate` made. */
const pollMilliseconds = 60_000

export function addStart(program: Command, surroundings: Surroundings): void {
  withData(program.command('start'))
    .description('serve the provider until SIGINT or SIGTERM')
    .option('--port <number>', 'port to listen on (default: that of the issuer)', parsePort)
    .option('--host <address>', 'name or address to listen on (default: localhost)')
    .option(
      '--trust-proxy <address>',
      'address or network of a proxy in front, whose X-Forwarded-For is believed; may be repeated',
      parseProxy,
    )
    .option(
      '--operations-port <number>',
      'port for /health/live, /health/ready and /metrics (default: none)',
      parsePort,
    )
    .option('--operations-host <address>', 'where that port is open', 'localhost')
    .option(
      '--drain <seconds>',
      'after SIGTERM or SIGINT, how long to go on while /health/ready says that the node is stopping',
      parseDrain,
      0,
    )
    .addHelpText(
      'after',
      `
Secrets are sealed under the key in NEWEL_KEK (32 bytes in base64url), else under the file newel.key in the data folder,
which is made at the first start. Without it the database is worth nothing: back both up, apart from each other.

The provider speaks plain HTTP; where the issuer is https, a proxy in front ends TLS. Log lines are JSON on standard
error. A changed document and rotated signing keys are taken up within a minute; SIGHUP does it at once, and reads the
secrets and the logo again that the document names. A document with a problem is reported and the one before stays.

Examples:
  $ newel start
  $ newel start -c /etc/newel/newel.yaml --data /var/lib/newel --port 4000 --host 0.0.0.0`,
    )
    .action(async (options: StartOptions) => {
      const [
        { createProviderMetrics },
        { startIdentityProvider },
        { documentSettings },
        { startOperationsServer },
        { untilStopped },
        { pino },
      ] = await Promise.all([
        import('@newel/identity-provider'),
        import('../provider/start-identity-provider.ts'),
        import('../provider/document-settings.ts'),
        import('../operations/operations-server.ts'),
        import('../operations/until-stopped.ts'),
        import('pino'),
      ])
      const file = documentFile(surroundings.cwd, options.config)
      const logger = pino({ base: null }, pino.destination({ dest: 2, sync: true }))
      const followed = await createDocumentReload({ file, logger })
      const { document, findings } = await servableDocument(file)
      for (const finding of findings) surroundings.warn(formatProblem(finding))
      const place = { env: surroundings.env, directory: file.directory }
      const settings = await documentSettings(document, place)
      const readiness = async (): Promise<Readiness> => started.provider.readiness()
      const { operationsPort: port, operationsHost: host } = options
      const metrics = port === undefined ? undefined : createProviderMetrics()
      const started = await startIdentityProvider({
        ...settings,
        data: dataFolder(options, file, surroundings),
        ...(options.port !== undefined && { port: options.port }),
        ...(options.host !== undefined && { host: options.host }),
        ...(options.trustProxy && { trustedProxies: options.trustProxy }),
        logger,
        ...(metrics && { metrics }),
        clock: surroundings.clock,
        random: surroundings.random,
      })
      let operations: OperationsServer | undefined
      try {
        if (port !== undefined && metrics)
          operations = await startOperationsServer({ port, host, readiness, metrics })
      } catch (error) {
        await started.close()
        throw error
      }
      surroundings.print(`newel serves ${document.issuer} at ${started.address}`)
      if (operations) surroundings.print(`its health is told at ${operations.address}`)
      const take: TakeDocument = async (changed) =>
        started.reload(await documentSettings(changed, place))
      await untilStopped({
        pollMilliseconds,
        onPoll: async () => {
          await followed.whenChanged(take)
          await started.provider.maintain()
        },
        onHangup: async () => {
          await followed.now(take)
          await started.provider.maintain()
        },
        reportFailure: (error) => {
          const message = error instanceof Error ? error.message : String(error)
          logger.error({ error: message }, 'the store could not be maintained')
        },
        onStop: () => {
          started.provider.drain()
        },
        drainSeconds: options.drain,
      })
      await started.close()
      await operations?.close()
      surroundings.print('newel has stopped')
    })
}

function parseProxy(text: string, before: readonly string[] = []): readonly string[] {
  const [address = '', prefix] = text.split(/\/(.*)/s, 2)
  const bits = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0
  const fits = prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) <= bits)
  if (bits > 0 && fits) return [...before, text]
  throw new InvalidArgumentError('Write an address or a network, such as 10.0.0.0/8.')
}

function parsePort(text: string): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port
  throw new InvalidArgumentError('A port is a number from 0 to 65535.')
}

function parseDrain(text: string): number {
  const seconds = Number(text)
  if (/^\d{1,3}$/.test(text)) return seconds
  throw new InvalidArgumentError('Write a number of seconds from 0 to 999.')
}
