import type { Method } from '@newel/policy'
import { type InteractionVisit, addressOf } from './interaction-visit.ts'
import type { UpstreamNotice } from './upstream-notice.ts'

/** Post, redirect, get. `notice` is told on the page that follows. */
export function goOn(visit: InteractionVisit, chosen?: Method, notice?: UpstreamNotice): void {
  const address = addressOf(visit, '', chosen)
  const separator = address.includes('?') ? '&' : '?'
  void visit.reply.redirect(
    notice === undefined ? address : `${address}${separator}notice=${notice}`,
    303,
  )
}
