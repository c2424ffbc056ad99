import type { ProviderLogger } from '../identity-provider-options.ts'
import type { EndedRequest } from './watch-requests.ts'

/** One line for each request, of what anybody who reads the log may know. */
export function accessLog(logger: ProviderLogger | undefined): (request: EndedRequest) => void {
  return ({ id, method, route, status, seconds, bytes, address, clientId, shed }) => {
    const facts = {
      requestId: id,
      method,
      route,
      ...(status === undefined ? { aborted: true } : { status }),
      milliseconds: Math.round(seconds * 10_000) / 10,
      bytes,
      address,
      ...(clientId === undefined ? {} : { clientId }),
      ...(shed === undefined ? {} : { shed }),
    }
    logger?.info(facts, 'request')
  }
}
