import { inSpan, startSpan } from '../operations/tracing.ts'
import type { Authenticator, Authenticators } from './authenticator.ts'
import type { HashQueue } from './password/hash-queue.ts'

/** The same, with a span around each answer that is judged. */
export function tracedAuthenticators(authenticators: Authenticators): Authenticators {
  const all = authenticators.all.map(traced)
  const byId = new Map(all.map((authenticator) => [authenticator.id, authenticator]))
  return {
    all,
    byMethod: (method) => all.find(({ proves }) => proves.includes(method)),
    byId: (id) => byId.get(id) ?? authenticators.byId(id),
  }
}

function traced(authenticator: Authenticator): Authenticator {
  return {
    ...authenticator,
    verify: async (answer) =>
      inSpan('verify', { 'newel.method': answer.method }, async (span) => {
        const verification = await authenticator.verify(answer)
        span.setAttribute('newel.outcome', verification.ok ? 'accepted' : verification.reason)
        return verification
      }),
  }
}

/** The same, with a span for the time that each password waits. */
export function tracedHashQueue(queue: HashQueue): HashQueue {
  return {
    ...queue,
    async run<Result>(job: () => Promise<Result>): Promise<Result | undefined> {
      const wait = startSpan('hash wait')
      let begun = false
      const result = await queue.run(async () => {
        begun = true
        wait.end()
        return job()
      })
      if (!begun) wait.setAttribute('newel.outcome', 'busy').end()
      return result
    },
  }
}
