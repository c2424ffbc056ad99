import { createIdentityProvider, createSealer, createSigningKeys } from '@newel/identity-provider'
import type { Readiness } from '@newel/identity-provider'
import { formatProblem, parsePolicyDocument } from '@newel/policy-document'
import { type FaultDatabase, openFaultStore } from './fault-database.ts'
import { faultPolicy } from './policy.ts'
import { type KillPoint, storeWithFaults } from './store-with-faults.ts'

export type NotReady = Readiness['notReady'][number]

/** What the parent says on the command line, as JSON. */
export interface ChildTask {
  readonly port: number
  /** Where the load balancer is, where there is one. Absent: the node itself. */
  readonly issuer: string
  readonly database: FaultDatabase
  /** Where the relying party listens for logouts. Absent: nowhere. */
  readonly relyingParty?: string
  /** 32 bytes, base64url. */
  readonly key: string
  /** File for the last answered call. */
  readonly lastWords: string
  /** Seconds by which this node's clock is ahead; negative: behind. */
  readonly clockOffset: number
}

/** What the parent asks of a running child. */
export type ChildOrder =
  | { readonly order: 'arm'; readonly point?: KillPoint }
  | { readonly order: 'calls' }
  | { readonly order: 'rotate' }
  | { readonly order: 'maintain' }
  | { readonly order: 'end'; readonly accountId: string }
  | { readonly order: 'readiness' }
  | { readonly order: 'offset'; readonly seconds: number }

/** What the child says when an order is carried out. */
export interface ChildAnswer {
  readonly calls: number
  readonly notReady: readonly NotReady[]
  /** Why it could not be carried out. Absent: it was. */
  readonly failed?: string
}

const task = JSON.parse(process.argv[2] ?? '') as ChildTask
const systemNow = Date.now.bind(Date)
let offset = task.clockOffset
// The protocol library asks the system itself, so it is the system's clock that jumps.
Date.now = () => systemNow() + offset * 1000

const parsed = parsePolicyDocument(faultPolicy(task.issuer, task.relyingParty))
if (!parsed.ok) throw new Error(parsed.problems.map(formatProblem).join('\n'))
const sealer = createSealer(Buffer.from(task.key, 'base64url'))
const opened = await openFaultStore(task.database, sealer)
const { store, controls } = storeWithFaults(opened, { lastWords: task.lastWords, die })
const provider = await createIdentityProvider({ document: parsed.document, store, sealer })
await provider.listen({ port: task.port })

process.on('message', (message) => {
  void answer(message as ChildOrder)
})
process.on('disconnect', () => process.exit(0))
process.send?.('ready')

async function answer(given: ChildOrder): Promise<void> {
  let failed: { failed?: string } = {}
  let notReady: readonly NotReady[] = []
  try {
    notReady = await obey(given)
  } catch (error) {
    failed = { failed: error instanceof Error ? error.message : String(error) }
  }
  const said: ChildAnswer = { calls: controls.calls(), notReady, ...failed }
  process.send?.(said)
}

async function obey(given: ChildOrder): Promise<readonly NotReady[]> {
  if (given.order === 'arm') controls.arm(given.point)
  if (given.order === 'offset') offset = given.seconds
  if (given.order === 'readiness') return (await provider.readiness()).notReady
  if (given.order === 'maintain') await provider.maintain()
  if (given.order === 'end') await provider.endSessions(given.accountId)
  if (given.order === 'rotate') {
    const signing = createSigningKeys({ store: store.keys, sealer })
    const now = Math.floor(Date.now() / 1000)
    await signing.prepare(now)
    await signing.activateNext(now)
    await provider.reloadKeys()
  }
  return []
}

/** As a power cut for this process: nothing runs after it, no handler, no flush. */
function die(): never {
  process.kill(process.pid, 'SIGKILL')
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  throw new Error('unreachable')
}
