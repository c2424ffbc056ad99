import { oneShotClaim } from '@newel/protocol'
import { jwtPart } from './jwt-part.ts'

/**
 * Whether an access token says that it is good for one call, as Newel's do; its ID tokens do not say it. A hint, by which
 * tokens are kept from others; nothing is let through by it.
 */
export function saysOneShot(accessToken: string): boolean {
  return jwtPart(accessToken.split('.')[1])[oneShotClaim] === true
}
