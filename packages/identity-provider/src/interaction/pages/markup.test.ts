import { expect, test } from 'vitest'
import { html, trusted } from './markup.ts'

test('strings are escaped, fragments are not escaped twice', () => {
  const inner = html`<b title="${`"'`}">${'<&>'}</b>`
  expect(html`<p>${inner}</p>`.toString()).toBe('<p><b title="&quot;&#39;">&lt;&amp;&gt;</b></p>')
})

test('false, null and undefined leave nothing behind; zero is shown', () => {
  expect(html`${false}${null}${undefined}${0}`.toString()).toBe('0')
})

test('lists are joined, each member escaped', () => {
  expect(html`${['<', html`<i></i>`, ['>']]}`.toString()).toBe('&lt;<i></i>&gt;')
})

test('trusted markup stands as it is', () => {
  expect(html`${trusted('<svg></svg>')}`.toString()).toBe('<svg></svg>')
})

test('a promise is refused rather than sent as an empty object', () => {
  const promise = Promise.resolve('late') as unknown as string
  expect(() => html`${promise}`).toThrow(TypeError)
})
