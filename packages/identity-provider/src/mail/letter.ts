import { html } from '../interaction/pages/markup.ts'
import type { Child } from '../interaction/pages/markup.ts'
import type { Locale } from '../interaction/pages/locale.ts'
import type { Mail } from './mailer.ts'

/** What a letter says, to whomever it goes. */
export type Letter = Omit<Mail, 'to'>

export interface LetterParts {
  readonly locale: Locale
  readonly subject: string
  /** Paragraphs, in order. One may be set apart, such as a code. */
  readonly paragraphs: readonly (string | { readonly apart: string })[]
}

/** The same words as plain text and as HTML. No pictures, no links, nothing that tells its sender that it was read. */
export function writeLetter({ locale, subject, paragraphs }: LetterParts): Letter {
  const text = paragraphs.map((part) => (typeof part === 'string' ? part : `    ${part.apart}`))
  const page = html`<!doctype html>
    <html lang="${locale}">
      <head>
        <meta charset="utf-8" />
        <title>${subject}</title>
      </head>
      <body style="font-family: sans-serif; font-size: 16px; line-height: 1.5">
        ${paragraphs.map((part): Child => (typeof part === 'string' ? html`<p>${part}</p> ` : html`<p style="font-size: 28px; letter-spacing: 2px"><strong>${part.apart}</strong></p> `))}
      </body>
    </html>`
  return { subject, text: `${text.join('\n\n')}\n`, html: page.toString() }
}
