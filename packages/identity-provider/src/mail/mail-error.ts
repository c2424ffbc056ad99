export type MailErrorCode = 'invalid_address' | 'undeliverable' | 'timeout'

/** A letter that was not sent. Neither message nor fields name its recipient or what it says. */
export class MailError extends Error {
  override readonly name = 'MailError'
  readonly code: MailErrorCode

  constructor(code: MailErrorCode, message: string) {
    super(message)
    this.code = code
  }
}
