import type { PolicyDocument } from '../policy-document.ts'
import type { Discovery } from './discovery.ts'

/** A login with a second factor takes a person about this long, in seconds. */
export const realisticLoginSeconds = 30

/** A proof so fresh that it is stale before the person is back: the client would ask again and again. RFC 9470 §8. */
export function findMaxAgeTooShort(document: PolicyDocument): readonly Discovery[] {
  return [...document.requirements].flatMap(([name, { maxAgeSeconds }]): readonly Discovery[] => {
    if (maxAgeSeconds === undefined || maxAgeSeconds === 0) return []
    if (maxAgeSeconds >= realisticLoginSeconds) return []
    return [
      {
        severity: 'warning',
        code: 'max_age_too_short',
        path: ['requirements', name, 'maxAge'],
        message: `\`${name}\` wants a proof of at most ${maxAgeSeconds} s, and a login takes about ${realisticLoginSeconds} s`,
        mend: `write \`0\` for a proof made for this very request, or \`${realisticLoginSeconds}s\` and more`,
      },
    ]
  })
}
