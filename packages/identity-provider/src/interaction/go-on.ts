import type { Method } from '@newel/policy'
import { type InteractionVisit, addressOf } from './interaction-visit.ts'

/** Post, redirect, get. */
export function goOn(visit: InteractionVisit, chosen?: Method): void {
  void visit.reply.redirect(addressOf(visit, '', chosen), 303)
}
