import { describe, expect, it } from 'vitest'
import { offeredProfile } from './offered-profile.ts'

const address = 'ada@company.example'
const verified = { email: address, email_verified: true }

describe('what an upstream says of somebody', () => {
  it.each<[string, Record<string, unknown>, object]>([
    [
      'a user name and a name',
      { preferred_username: 'ada', name: 'Ada' },
      { username: 'ada', name: 'Ada' },
    ],
    ['a verified address', verified, { username: 'ada' }],
    ['a user name that is an address', { preferred_username: address }, { username: 'ada' }],
    [
      'one with a wide `@` (NFKC)',
      { preferred_username: 'ada＠company.example' },
      { username: 'ada' },
    ],
    [
      'one with a small `@` (NFKC)',
      { preferred_username: 'ada﹫company.example' },
      { username: 'ada' },
    ],
    ['one with two of them', { preferred_username: 'ada@x@company.example' }, { username: 'ada' }],
    [
      'one that is a domain',
      { preferred_username: '@company.example', email: 'bo@b.example' },
      { username: 'bo' },
    ],
    [
      'a name that is an address',
      { preferred_username: 'ada', name: address },
      { username: 'ada' },
    ],
    ['a name that cannot be seen', { preferred_username: 'a\u202eda', name: 'A\nda' }, {}],
    ['types of their own', { preferred_username: ['ada'], name: 1, email: { at: 'ada' } }, {}],
    [
      'a name that is one character and read as many',
      { preferred_username: '\ufdfa'.repeat(200) },
      {},
    ],
    ['nothing', {}, {}],
  ])('gives a new account with %s no address of anybody', (_title, profile, taken) => {
    expect(offeredProfile(profile, { trustEmail: false })).toEqual(taken)
  })

  it.each<[string, Record<string, unknown>, object]>([
    ['a verified address', verified, { username: address, address }],
    [
      'it as the user name too',
      { ...verified, preferred_username: 'Ada@Company.example' },
      { username: 'Ada@Company.example', address },
    ],
    [
      'another address as the user name',
      { ...verified, preferred_username: 'bo@b.example' },
      { username: 'bo', address },
    ],
    [
      'an address that is not verified',
      { email: address, email_verified: false },
      { username: 'ada' },
    ],
    [
      'an address that is verified by a text',
      { email: address, email_verified: 'true' },
      { username: 'ada' },
    ],
    ['an address of which it says nothing', { email: address }, { username: 'ada' }],
    [
      'an address that other letters make another (NFKC)',
      { email: 'ada@ｃompany.example', email_verified: true },
      { username: 'ada' },
    ],
    [
      'two addresses',
      { email: 'ada@x.example,bo@b.example', email_verified: true },
      { username: 'ada' },
    ],
  ])('that is trusted with addresses gives with %s what is verified', (_title, profile, taken) => {
    expect(offeredProfile(profile, { trustEmail: true })).toEqual(taken)
  })
})
