import { expect, it } from 'vitest'
import { atOnce, sampleAccount, samplePassword, sampleTime, sampleTotp } from './samples.ts'
import type { StoreInUse } from './store-contract.ts'

export function accountContract(store: StoreInUse): void {
  it('gives back what was created, and no member that was not', async () => {
    const full = sampleAccount({
      name: 'Ada Lovelace',
      email: 'ada@example.com',
      attributes: { staff: 7, tags: ['a', null] },
    })
    const bare = sampleAccount({ id: 'sub-bob', username: 'bob' })
    expect(await store().accounts.create(full)).toBe('created')
    expect(await store().accounts.create(bare)).toBe('created')
    expect(await store().accounts.byId('sub-ada')).toEqual(full)
    expect(await store().accounts.byUsername('bob')).toEqual(bare)
    expect(await store().accounts.byId('nobody')).toBeUndefined()
    expect(await store().accounts.byUsername('nobody')).toBeUndefined()
  })

  it.each([
    ['upper case', 'ADA'],
    ['white space around it', '  ada\t'],
    ['full-width letters (NFKC)', 'ａｄａ'],
    ['mathematical letters (NFKC)', '𝐀𝐝𝐚'],
  ])('takes a user name in %s for the same', async (_, username) => {
    const account = sampleAccount()
    await store().accounts.create(account)
    expect(await store().accounts.byUsername(username)).toEqual(account)
    const twin = sampleAccount({ id: 'sub-twin', username })
    expect(await store().accounts.create(twin)).toBe('username_taken')
    expect(await store().accounts.byId('sub-twin')).toBeUndefined()
  })

  it('takes composed and decomposed letters for the same, and keeps what was typed', async () => {
    await store().accounts.create(sampleAccount({ username: 'Zo\u00eb' }))
    expect((await store().accounts.byUsername('zoe\u0308'))?.username).toBe('Zo\u00eb')
  })

  it('takes an accent for a difference', async () => {
    await store().accounts.create(sampleAccount({ username: 'zoe' }))
    expect(await store().accounts.byUsername('zoë')).toBeUndefined()
  })

  it('gives a user name to exactly one of many callers at once', async () => {
    const results = await atOnce(async (n) =>
      store().accounts.create(sampleAccount({ id: `sub-${n}`, username: n % 2 ? 'Ada' : 'ada' })),
    )
    expect(results.filter((result) => result === 'created')).toHaveLength(1)
  })

  it('refuses an id that is in use as a mistake of the caller', async () => {
    await store().accounts.create(sampleAccount())
    const twin = sampleAccount({ username: 'somebody else' })
    await expect(store().accounts.create(twin)).rejects.toMatchObject({ code: 'store_conflict' })
  })

  it('lists every account once, page by page, in the order of user names', async () => {
    const names = ['eve', 'Bob', 'ada', 'dan', 'Cleo']
    for (const username of names) {
      await store().accounts.create(sampleAccount({ id: `sub-${username}`, username }))
    }
    const first = await store().accounts.list({ limit: 2 })
    const second = await store().accounts.list({ limit: 2, after: first.next ?? '' })
    const third = await store().accounts.list({ limit: 2, after: second.next ?? '' })
    const pages = [first, second, third]
    expect(pages.map(({ accounts }) => accounts.map(({ username }) => username))).toEqual([
      ['ada', 'Bob'],
      ['Cleo', 'dan'],
      ['eve'],
    ])
    expect(third.next).toBeUndefined()
    expect((await store().accounts.list({ limit: 5 })).next).toBeUndefined()
  })

  it('is disabled and enabled again', async () => {
    await store().accounts.create(sampleAccount())
    expect(await store().accounts.setDisabled('sub-ada', true)).toBe(true)
    expect((await store().accounts.byId('sub-ada'))?.disabled).toBe(true)
    expect(await store().accounts.setDisabled('sub-ada', false)).toBe(true)
    expect((await store().accounts.byUsername('ada'))?.disabled).toBe(false)
    expect(await store().accounts.setDisabled('nobody', true)).toBe(false)
  })

  it('is found by its address in either case, and two of one address both are', async () => {
    await store().accounts.create(sampleAccount({ email: 'Ada@Example.com' }))
    const ids = async (email: string): Promise<readonly string[]> =>
      (await store().accounts.byEmail(email)).map(({ id }) => id)
    expect(await ids(' ada@example.COM ')).toEqual(['sub-ada'])
    expect(await ids('ad_@example.com')).toEqual([])
    const later = { createdAt: sampleTime + 1, email: 'ada@example.com' }
    for (const username of ['bob', 'cleo']) {
      await store().accounts.create(sampleAccount({ ...later, id: `sub-${username}`, username }))
    }
    const found = await ids('ada@example.com')
    expect([found.length, found[0]]).toEqual([2, 'sub-ada'])
    await store().credentials.add({
      id: 'address-cleo',
      accountId: 'sub-cleo',
      method: 'email-code',
      label: 'Email address',
      createdAt: sampleTime + 2,
      data: { address: 'ada@example.com' },
    })
    // Who has confirmed it comes first, whoever was there before.
    expect(await ids('ada@example.com')).toEqual(['sub-cleo', 'sub-ada'])
  })

  it('has its tokens ended up to a time, which never moves back', async () => {
    await store().accounts.create(sampleAccount())
    expect((await store().accounts.byId('sub-ada'))?.validFrom).toBeUndefined()
    expect(await store().accounts.setValidFrom('sub-ada', sampleTime + 9)).toBe(true)
    expect(await store().accounts.setValidFrom('sub-ada', sampleTime)).toBe(true)
    expect((await store().accounts.byId('sub-ada'))?.validFrom).toBe(sampleTime + 9)
    expect(await store().accounts.setValidFrom('nobody', sampleTime)).toBe(false)
  })

  it('begins another generation whenever its tokens are ended, were it in the same second', async () => {
    await store().accounts.create(sampleAccount())
    expect((await store().accounts.byId('sub-ada'))?.generation).toBeUndefined()
    await Promise.all([
      store().accounts.setValidFrom('sub-ada', sampleTime),
      store().accounts.setValidFrom('sub-ada', sampleTime),
    ])
    expect((await store().accounts.byId('sub-ada'))?.generation).toBe(2)
  })

  it('is made with its first credentials, or not at all', async () => {
    const ada = sampleAccount()
    expect(await store().accounts.createWith(ada, [samplePassword(), sampleTotp()])).toBe('created')
    expect(await store().credentials.forAccount('sub-ada')).toHaveLength(2)
    const twin = sampleAccount({ id: 'sub-twin', username: 'ADA' })
    expect(await store().accounts.createWith(twin, [])).toBe('username_taken')
    const bob = sampleAccount({ id: 'sub-bob', username: 'bob' })
    const known = { ...sampleTotp(), accountId: 'sub-bob' }
    const own = { ...samplePassword(), id: 'password-bob', accountId: 'sub-bob' }
    expect(await store().accounts.createWith(bob, [own, known])).toBe('duplicate')
    expect(await store().accounts.byUsername('bob')).toBeUndefined()
    expect(await store().credentials.byId('password-bob')).toBeUndefined()
    expect(await store().accounts.createWith(bob, [own])).toBe('created')
  })

  it('takes its credentials along when it is removed, and frees the user name', async () => {
    await store().accounts.create(sampleAccount())
    await store().credentials.add(samplePassword())
    await store().credentials.add(sampleTotp())
    expect(await store().accounts.remove('sub-ada')).toBe(true)
    expect(await store().accounts.remove('sub-ada')).toBe(false)
    expect(await store().credentials.forAccount('sub-ada')).toEqual([])
    expect(await store().credentials.byId('totp-1')).toBeUndefined()
    expect(await store().accounts.create(sampleAccount({ id: 'sub-new' }))).toBe('created')
  })
}
