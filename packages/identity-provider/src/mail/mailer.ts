/** One letter to one person. Plain text is what counts; `html` says the same. */
export interface Mail {
  /** An address alone, without a name: `ada@example.com`. */
  readonly to: string
  readonly subject: string
  readonly text: string
  /** Absent: the letter is plain text. */
  readonly html?: string
}

/** Sends letters. */
export interface Mailer {
  /**
   * Resolves once the mail server has taken the letter, which does not mean that it arrived. Gives up within
   * {@link longestSendSeconds}: whoever waits for it is not kept for ever.
   *
   * @throws MailError
   */
  send(mail: Mail): Promise<void>
}

/** The steps of one sending together take no longer than this. */
export const longestSendSeconds = 20
