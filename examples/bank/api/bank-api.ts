import type { ResourceServer } from '@newel/resource-server'
import { protect, verifiedToken } from '@newel/resource-server/fastify'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { isLargeTransfer, readTransfer } from '../ledger/transfer.ts'
import type { Customer, Customers } from './customers.ts'
import { relay, type LedgerClient } from './ledger-client.ts'
import { readPaymentDetails } from './payment-details.ts'
import type { BankRequirements } from './requirements.ts'

export interface BankApiOptions {
  readonly resourceServer: ResourceServer
  readonly requirements: BankRequirements
  readonly customers: Customers
  readonly ledger: LedgerClient
}

/** The bank's API. Every route names what it asks; everything else is banking. */
export function registerBankApi(
  app: FastifyInstance,
  { resourceServer, requirements, customers, ledger }: BankApiOptions,
): void {
  const signedIn = protect(resourceServer.require())
  const cardNumber = protect(resourceServer.require(requirements['show-card-number']))
  const paymentDetails = protect(resourceServer.require(requirements['change-payment-details']))
  const adminDashboard = protect(resourceServer.require(requirements['admin-dashboard']))
  // The amount decides. A body that is no transfer asks nothing here, and is refused by the handler.
  const transfer = protect(
    resourceServer.require<FastifyRequest>(({ body }) =>
      isLargeTransfer(body) ? requirements['approve-large-transfer'] : undefined,
    ),
  )

  const customerOf = (request: FastifyRequest): Customer =>
    customers.of(verifiedToken(request).subject)

  /** Nobody is sent to prove what would not help them. */
  const operatorsOnly = async (request: FastifyRequest, reply: FastifyReply) => {
    if (customerOf(request).operator) return undefined
    const message = 'only operators of the bank may open the admin dashboard'
    return reply.code(403).send({ error: 'operators_only', message })
  }

  app.get('/api/account', { preHandler: signedIn }, async (request, reply) => {
    const response = await ledger.statement(request)
    if (!response.ok) return relay(reply, response)
    const { name, operator } = customerOf(request)
    const statement = (await response.json()) as Record<string, unknown>
    return { name, operator, ...statement }
  })

  app.get(
    '/api/payment-details',
    { preHandler: signedIn },
    async (request) => customerOf(request).paymentDetails,
  )

  app.put('/api/payment-details', { preHandler: paymentDetails }, async (request, reply) => {
    const reading = readPaymentDetails(request.body)
    if (!reading.ok) return reply.code(400).send(invalid('the details are incomplete', reading))
    customerOf(request).paymentDetails = reading.details
    return reading.details
  })

  app.get('/api/card', { preHandler: cardNumber }, async (request) => ({
    number: customerOf(request).cardNumber,
    expires: '11/29',
  }))

  app.get(
    '/api/admin/overview',
    { preHandler: [signedIn, operatorsOnly, adminDashboard] },
    async () => ({
      customers: customers.all.map(({ name, operator, paymentDetails: { iban } }) => ({
        name,
        operator,
        iban,
      })),
    }),
  )

  app.post('/api/transfers', { preHandler: transfer }, async (request, reply) => {
    const reading = readTransfer(request.body)
    if (!reading.ok) return reply.code(400).send(invalid('the transfer is incomplete', reading))
    return relay(reply, await ledger.transfer(request, reading.transfer))
  })
}

function invalid(message: string, { fields }: { fields: Readonly<Record<string, string>> }) {
  return { error: 'invalid_request', message, fields }
}
