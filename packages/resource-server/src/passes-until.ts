import { clockToleranceSeconds } from '@newel/policy'
import type { EpochSeconds } from '@newel/policy'
import { holdRequirement } from './hold-requirement.ts'
import type { Holder } from './hold-requirement.ts'
import type { RequirementTree } from './requirement.ts'
import { timeProblem } from './token-verifier.ts'

/**
 * The first second in which a token does not pass a requirement any more, everything else staying as it is. `0`: it does
 * not pass now.
 *
 * Sought by asking the guard's own judgement, so that there is no second one: what passes later passes now (a token from
 * the future is refused), and so halving finds the end.
 */
export function passesUntil(tree: RequirementTree, holder: Holder): EpochSeconds {
  const { token } = holder
  const passesAt = (now: EpochSeconds): boolean =>
    timeProblem(token, now) === undefined && holdRequirement(tree, { ...holder, now }).met
  if (!passesAt(holder.now)) return 0
  let passes = Math.floor(holder.now)
  let fails = Math.ceil(token.expiresAt + clockToleranceSeconds)
  while (fails - passes > 1) {
    const middle = Math.floor((passes + fails) / 2)
    if (passesAt(middle)) passes = middle
    else fails = middle
  }
  return fails
}
