import { protect, type NewelEnv } from '@newel/resource-server/hono'
import type { RequirementDeclaration, ResourceServer } from '@newel/resource-server'
import { Hono, type Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import type { Accounts } from './accounts.ts'
import { isLargeTransfer, readTransfer } from './transfer.ts'

export interface LedgerOptions {
  readonly resourceServer: ResourceServer
  readonly approveLargeTransfer: RequirementDeclaration
  readonly accounts: Accounts
}

/**
 * The second service: it books the money. The bank's API calls it with the person's own token, and it checks that token
 * for itself, because whoever reaches it past the API must meet the same requirement.
 */
export function createLedger({
  resourceServer,
  approveLargeTransfer,
  accounts,
}: LedgerOptions): Hono<NewelEnv> {
  const ledger = new Hono<NewelEnv>()
  ledger.use(bodyLimit({ maxSize: 16_384 }))

  ledger.get('/statement', protect(resourceServer.require()), (c) =>
    c.json(accounts.statement(c.get('newel').subject)),
  )

  ledger.post(
    '/transfers',
    protect(
      resourceServer.require<Context>(async (c) =>
        isLargeTransfer(await bodyOf(c)) ? approveLargeTransfer : undefined,
      ),
    ),
    async (c) => {
      const reading = readTransfer(await bodyOf(c))
      if (!reading.ok) {
        return c.json(
          {
            error: 'invalid_request',
            message: 'the transfer is incomplete',
            fields: reading.fields,
          },
          400,
        )
      }
      const key = c.req.header('idempotency-key')
      if (key === undefined || !/^[\x21-\x7e]{8,128}$/.test(key)) {
        const message = 'the header `Idempotency-Key` must have 8 to 128 visible characters'
        return c.json({ error: 'invalid_request', message }, 400)
      }
      const result = accounts.transfer(c.get('newel').subject, key, reading.transfer)
      if (result.outcome === 'booked') {
        return c.json({ entry: result.entry, balanceCents: result.balanceCents }, 201)
      }
      const refusal = refusals[result.outcome]
      return c.json({ error: result.outcome, message: refusal.message }, refusal.status)
    },
  )

  ledger.notFound((c) => c.json({ error: 'not_found', message: 'there is no such page' }, 404))
  return ledger
}

const refusals = {
  insufficient_funds: { status: 409, message: 'the account does not hold that much' },
  key_reused: { status: 422, message: 'this `Idempotency-Key` was used for another transfer' },
} as const

/** Hono keeps the text, so the guard and the handler read the same body. */
async function bodyOf(c: Context): Promise<unknown> {
  try {
    return JSON.parse(await c.req.text()) as unknown
  } catch {
    return undefined
  }
}
