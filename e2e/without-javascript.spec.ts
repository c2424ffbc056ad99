import { createHash } from 'node:crypto'
import { asked, expect, giveCode, giveLogin, test } from './bank-fixture.ts'

test.use({ javaScriptEnabled: false })

test.describe('without JavaScript', () => {
  test('a person logs in, gives a wrong and then a right code, and is sent back with a code for tokens', async ({
    page,
    bank,
  }) => {
    const callback = `${bank.addresses.bank}/callback`
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: 'bank-web',
      redirect_uri: callback,
      scope: 'openid',
      acr_values: 'mfa',
      state: 'state-of-a-page-without-scripts',
      nonce: 'nonce-of-a-page-without-scripts',
      code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
      code_challenge_method: 'S256',
    })
    await page.goto(`${bank.addresses.provider}/authorize?${query}`)
    await expect(page.getByRole('button', { name: 'Use a passkey' })).toBeDisabled()
    await giveLogin(page, bank, 'ada')
    await giveCode(page, bank.codes.wrong('ada'))
    await expect(asked(page, 'totp')).toContainText('That code is not right')
    await giveCode(page, bank.codes.next('ada'))
    await expect(page).toHaveURL((url) => url.href.startsWith(callback))
    const answer = new URL(page.url()).searchParams
    expect(answer.get('error')).toBeNull()
    expect(answer.get('code')).toMatch(/^\S{20,}$/)
    expect(answer.get('state')).toBe('state-of-a-page-without-scripts')
    expect(answer.get('iss')).toBe(bank.addresses.provider)
  })
})
