import type { PageError } from './pages/index.ts'

/** Ends a request with the error page. An expected outcome of an exchange with a browser, not a fault of the program. */
export class Refusal extends Error {
  override readonly name = 'Refusal'
  readonly status: number
  readonly page: PageError

  constructor(status: number, page: PageError) {
    super(`the request was refused with the page \`${page}\``)
    this.status = status
    this.page = page
  }
}

export function expiredInteraction(): Refusal {
  return new Refusal(400, 'interaction_expired')
}
