import { describe, expect, it } from 'vitest'
import { frenchSpacing } from './french-spacing.ts'
import { html } from './markup.ts'
import { previewsIn } from './preview-states.ts'

describe('French spacing', () => {
  it('lets no line begin with high punctuation, nor break inside quotation marks', () => {
    expect(frenchSpacing('« Vraiment » : oui ; non ? si !')).toBe(
      '«\u00A0Vraiment\u00A0»\u00A0: oui\u00A0; non\u00A0? si\u00A0!',
    )
  })

  it('reaches sentences with parameters, lists and markup, which stays markup', () => {
    const words = frenchSpacing({
      sentence: (name: string) => `Bonjour ${name} !`,
      list: [(): string => 'Quoi ?'],
      markup: (name: string) => html`<b>${name}</b> : voilà`,
    })
    expect(words.sentence('Ada')).toBe('Bonjour Ada\u00A0!')
    expect(words.list[0]?.()).toBe('Quoi\u00A0?')
    expect(html`<p>${words.markup('<i>')}</p>`.toString()).toBe(
      '<p><b>&lt;i&gt;</b>\u00A0: voilà</p>',
    )
  })

  it.each(Object.entries(previewsIn('fr')))('holds on %s', (_, page) => {
    const texts = [...page.matchAll(/>([^<]+)</g)].map(([, text]) => text)
    expect(texts.filter((text) => /\S [:;?!»]|« /.test(text ?? ''))).toEqual([])
  })
})
