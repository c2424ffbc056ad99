import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** An age that no proof reaches, since every level that would do has ended before: legal, and without effect. */
export function findMaxAgeBeyondLifetime(document: PolicyDocument): readonly Discovery[] {
  return [...document.requirements].flatMap(([name, requirement]): readonly Discovery[] => {
    const { acrValues, maxAgeSeconds } = requirement
    if (maxAgeSeconds === undefined || acrValues.length === 0) return []
    const longest = Math.max(
      ...document.levels.all
        .filter((level) => acrValues.some((acr) => document.levels.satisfies(level.acr, acr)))
        .map((level) => level.lifetimeSeconds),
    )
    if (maxAgeSeconds <= longest) return []
    return [
      {
        severity: 'warning',
        code: 'max_age_beyond_lifetime',
        path: ['requirements', name, 'maxAge'],
        message: `\`${name}\` allows ${maxAgeSeconds} s, and its levels end after ${longest} s: the age is never reached`,
        mend: 'remove `maxAge`, shorten it, or lengthen the lifetime of the level',
      },
    ]
  })
}
