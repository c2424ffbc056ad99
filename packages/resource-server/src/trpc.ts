import { TRPCError } from '@trpc/server'
import type { TRPCMiddlewareFunction } from '@trpc/server'
import type { Guard, Outcome } from './guard.ts'
import type { Refusal } from './refusal.ts'
import { listHeaders, mergeList } from './response-headers.ts'
import { fetchRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What a procedure's context must hold: both are arguments of the fetch adapter's `createContext`. */
export interface ProtectedContext {
  readonly req: Request
  readonly resHeaders: Headers
}

/** What a call brings: its context, and its input as the client sent it. */
export interface ProcedureCall<Context> {
  readonly ctx: Context
  readonly getRawInput: () => Promise<unknown>
}

/**
 * Middleware for tRPC 11: `t.procedure.use(protect(guard))`. Behind it `ctx.newel` is the verified token. A refusal is a
 * `TRPCError` whose cause is a {@link RefusalError}, and its challenge is on the answer.
 *
 * Calls in one batch share one answer; a client that steps up sends the calls that may need it by themselves.
 */
export function protect<Context extends ProtectedContext>(
  guard: Guard<ProcedureCall<Context>>,
): TRPCMiddlewareFunction<Context, unknown, object, { newel: VerifiedToken }, unknown> {
  return async ({ ctx, getRawInput, next }) => {
    // What earlier middleware laid over the context may be narrower, never wider, than what the procedures declare.
    const context = ctx as unknown as Context
    const outcome = await guard.judge(fetchRequest(context.req), { ctx: context, getRawInput })
    if (outcome.outcome === 'allowed') return next({ ctx: { newel: outcome.token } })
    throw refusalError(context.resHeaders, outcome)
  }
}

/** Why a procedure was refused; `cause` of the `TRPCError`. */
export class RefusalError extends Error {
  override readonly name = 'RefusalError'
  readonly refusal: Refusal

  constructor(refusal: Refusal) {
    super(refusal.body.error_description)
    this.refusal = refusal
  }
}

const codes = {
  400: 'BAD_REQUEST',
  401: 'UNAUTHORIZED',
  403: 'FORBIDDEN',
  503: 'SERVICE_UNAVAILABLE',
} as const

function refusalError(
  headers: Headers,
  refusal: Extract<Outcome, { outcome: 'refused' }>,
): TRPCError {
  for (const [name, value] of Object.entries(refusal.headers)) {
    const existing = listHeaders.has(name) ? headers.get(name) : null
    headers.set(name, mergeList(existing ?? undefined, value))
  }
  return new TRPCError({
    code: codes[refusal.status],
    message: refusal.body.error,
    cause: new RefusalError(refusal),
  })
}
