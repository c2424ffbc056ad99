import { describe, expect, it } from 'vitest'
import { createSealer } from './sealer.ts'

const oldKek = new Uint8Array(32).fill(1)
const newKek = new Uint8Array(32).fill(2)
const place = { table: 'credential', column: 'secret', id: 'a' }
const plain = Buffer.from('the secret')

function codeOf(step: () => unknown): unknown {
  try {
    step()
    return 'nothing thrown'
  } catch (error) {
    return error instanceof Error && 'code' in error ? error.code : error
  }
}

describe('a sealed value', () => {
  const sealer = createSealer(oldKek)

  it('opens where it was sealed', () => {
    expect(Buffer.from(sealer.open(sealer.seal(plain, place), place))).toEqual(plain)
    expect(sealer.open(sealer.seal(new Uint8Array(), place), place)).toHaveLength(0)
  })

  it('does not hold the plain text, and is never the same twice', () => {
    const [one, two] = [sealer.seal(plain, place), sealer.seal(plain, place)]
    expect(Buffer.from(one).includes(plain)).toBe(false)
    expect(Buffer.from(one).equals(Buffer.from(two))).toBe(false)
  })

  it.each([
    ['row', { ...place, id: 'b' }],
    ['column', { ...place, column: 'label' }],
    ['table', { ...place, table: 'account' }],
    [
      'place whose parts run together to the same text',
      { table: 'credential","secret', column: 'a', id: '' },
    ],
  ])('does not open in another %s', (_, other) => {
    const sealed = sealer.seal(plain, place)
    expect(codeOf(() => sealer.open(sealed, other))).toBe('sealed_tampered')
  })

  it('does not open with any one bit changed', () => {
    const sealed = sealer.seal(plain, place)
    const codes = new Set<unknown>()
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = Uint8Array.from(sealed)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      codes.add(codeOf(() => sealer.open(changed, place)))
    }
    expect(codes).toEqual(new Set(['sealed_malformed', 'sealed_tampered', 'sealed_unknown_key']))
  })

  it.each([0, 1, 20, 36])('of %i bytes is none', (length) => {
    expect(codeOf(() => sealer.open(new Uint8Array(length).fill(1), place))).toBe(
      'sealed_malformed',
    )
  })

  it('takes its nonce from the randomness that was passed in', () => {
    const repeated = createSealer(oldKek, { random: (size) => new Uint8Array(size).fill(9) })
    expect(repeated.seal(plain, place)).toEqual(repeated.seal(plain, place))
  })
})

describe('a key ring', () => {
  it('opens what the previous key sealed and seals with the current one', () => {
    const before = createSealer(oldKek)
    const after = createSealer({ current: newKek, previous: [oldKek] })
    const sealed = before.seal(plain, place)
    expect(Buffer.from(after.open(sealed, place))).toEqual(plain)
    expect(after.isCurrent(sealed)).toBe(false)
    expect(after.isCurrent(after.seal(plain, place))).toBe(true)
    expect(codeOf(() => before.open(after.seal(plain, place), place))).toBe('sealed_unknown_key')
  })

  it.each([0, 16, 31, 33])('refuses a key of %i bytes', (length) => {
    expect(codeOf(() => createSealer(new Uint8Array(length)))).toBe('kek_invalid')
    const ring = { current: newKek, previous: [new Uint8Array(length)] }
    expect(codeOf(() => createSealer(ring))).toBe('kek_invalid')
  })
})
