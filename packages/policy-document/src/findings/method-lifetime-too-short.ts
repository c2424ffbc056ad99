import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** A proof that ends before a level that is built on it: the level ends with the proof, earlier than it says. */
export function findMethodLifetimesTooShort(document: PolicyDocument): readonly Discovery[] {
  return [...document.methods].flatMap(([method, { lifetimeSeconds }]): readonly Discovery[] => {
    if (lifetimeSeconds === undefined) return []
    const cut = document.levels.all.filter(
      (level) =>
        level.lifetimeSeconds > lifetimeSeconds &&
        level.accepts.some(({ methods }) => methods.includes(method)),
    )
    if (cut.length === 0) return []
    const names = cut.map((level) => `\`${level.name}\` (${level.lifetimeSeconds} s)`).join(', ')
    return [
      {
        severity: 'warning',
        code: 'method_lifetime_too_short',
        path: ['methods', method, 'lifetime'],
        message: `a proof by \`${method}\` ends after ${lifetimeSeconds} s, before levels that accept it: ${names}`,
        mend: 'make it last as long as the longest of them, or shorten the levels',
      },
    ]
  })
}
