import { GraphQLError } from 'graphql'
import type { GraphQLFieldResolver, GraphQLResolveInfo } from 'graphql'
import type { Guard } from './guard.ts'
import { fetchRequest } from './sent-request.ts'
import type { VerifiedToken } from './verified-token.ts'

/** What a resolver's context must hold. GraphQL Yoga's does; elsewhere put the request there. */
export interface ProtectedContext {
  readonly request: Request
}

/** One field, about to be resolved. */
export interface FieldCall<Context> {
  readonly args: Readonly<Record<string, unknown>>
  readonly context: Context
  readonly info: GraphQLResolveInfo
}

/**
 * A resolver that runs behind a guard, for one field. A refusal is a `GraphQLError` whose `extensions` hold the error `code`
 * and, for servers that follow them (GraphQL Yoga, Apollo Server), the status and headers of the HTTP answer: a client that
 * steps up finds its challenge there as in any other API.
 *
 * The other fields of the operation are resolved as always, and mutations before it in the same operation were done. So a
 * field that may need a step-up is best asked in an operation of its own.
 */
export function protectField<Source, Context extends ProtectedContext, Args>(
  guard: Guard<FieldCall<Context>>,
  resolve: (
    source: Source,
    args: Args,
    context: Context & { readonly newel: VerifiedToken },
    info: GraphQLResolveInfo,
  ) => unknown,
): GraphQLFieldResolver<Source, Context, Args> {
  return async (source, args, context, info) => {
    const call = { args: args as Readonly<Record<string, unknown>>, context, info }
    const outcome = await guard.judge(fetchRequest(context.request), call)
    if (outcome.outcome === 'allowed') {
      return resolve(source, args, { ...context, newel: outcome.token }, info)
    }
    throw new GraphQLError(outcome.body.error_description, {
      extensions: {
        code: outcome.body.error.toUpperCase(),
        http: { status: outcome.status, headers: outcome.headers },
      },
    })
  }
}
