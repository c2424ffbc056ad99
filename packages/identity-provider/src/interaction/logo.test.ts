import { describe, expect, test } from 'vitest'
import { logoLimit, logoTypeOf } from './logo.ts'

const png = Buffer.from('\x89PNG\r\n\x1a\n…', 'latin1')

describe('the type of a logo', () => {
  test.each([
    ['png', png],
    ['webp', Buffer.from('RIFF\x10\0\0\0WEBPVP8 ', 'latin1')],
    ['svg', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"/>')],
    [
      'svg',
      Buffer.from(
        '\uFEFF<?xml version="1.0"?>\n<!-- one --><!-- two -->\n<!DOCTYPE svg>\n<svg\n/>',
      ),
    ],
  ])('is %s by its content', (extension, bytes) => {
    expect(logoTypeOf(bytes).extension).toBe(extension)
  })

  test.each([
    ['nothing', ''],
    ['HTML', '<!doctype html><svg></svg>'],
    ['HTML after a comment', '<!-- --><html><svg/></html>'],
    ['a GIF', 'GIF89a'],
    ['a WAV', 'RIFF\x10\0\0\0WAVEfmt '],
    ['an open comment', '<!-- <svg>'],
  ])('is none for %s', (_what, text) => {
    expect(() => logoTypeOf(Buffer.from(text))).toThrow(
      expect.objectContaining({ code: 'invalid_logo' }),
    )
  })

  test('is judged up to 256 KiB, and no byte more', () => {
    const largest = Buffer.concat([png], logoLimit)
    expect(logoTypeOf(largest).extension).toBe('png')
    expect(() => logoTypeOf(Buffer.concat([png], logoLimit + 1))).toThrow(
      expect.objectContaining({ code: 'invalid_logo' }),
    )
  })
})
