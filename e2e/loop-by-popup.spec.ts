import {
  asked,
  expect,
  fillPaymentDetails,
  giveCode,
  logIn,
  newDetailsText,
  popupFrom,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('the loop, by popup', () => {
  test('a password login is enough to look around, and nothing more is asked for it', async ({
    page,
    bank,
    context,
  }) => {
    await logIn(page, bank, 'ada')
    for (const [link, heading] of [
      ['nav-payment-details', 'Payment details'],
      ['nav-card', 'Your card'],
      ['nav-transfer', 'Send money'],
      ['nav-overview', 'Your account'],
    ] as const) {
      await page.getByTestId(link).click()
      await expect(page.getByRole('heading', { level: 1, name: heading })).toBeVisible()
    }
    await expect(page.getByTestId('present-token')).toContainText('basic')
    expect(context.pages()).toHaveLength(1)
    expect(bank.events.filter(({ type }) => type === 'step_up_required')).toEqual([])
  })

  test('changing payment details asks for the second factor alone, says who asks and why, and then goes through', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    await expect(page.getByTestId('hint')).toHaveAttribute('data-asks', 'yes')
    const popup = await popupFrom(page, () => pressChange(page))

    const main = asked(popup, 'totp')
    await expect(main).toContainText('Baluster Bank wants to be sure it is you')
    await expect(main.getByText('ada', { exact: true })).toBeVisible()
    await expect(main).toContainText('1 of 2 proofs given')
    await expect(popup.getByLabel('Password')).toHaveCount(0)
    const closed = popup.waitForEvent('close')
    await giveCode(popup, bank.codes.next('ada'))
    await closed

    await expect(result(page)).toHaveText(newDetailsText)
    await expect(page.getByTestId('payment-details')).toContainText('Ada Winter-Hale')
    await expect(page.getByTestId('hint')).toHaveAttribute('data-asks', 'no')
    expect(
      bank.events.flatMap((event) => (event.type === 'proof_accepted' ? [event.method] : [])),
    ).toEqual(['password', 'totp'])
  })

  test('ID token and access token are new, and state acr, amr and auth_time of the step-up (RFC 9470 §6)', async ({
    page,
    bank,
  }) => {
    const tokens: { id: Claims; access: Claims }[] = []
    page.context().on('response', async (response) => {
      if (response.request().method() !== 'POST' || !response.url().endsWith('/token')) return
      const body = (await response.json()) as { id_token: string; access_token: string }
      tokens.push({ id: claimsOf(body.id_token), access: claimsOf(body.access_token) })
    })
    bank.ageNextProof(100)
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toBeVisible()

    await expect.poll(() => tokens.length).toBe(2)
    const [before, after] = tokens as [(typeof tokens)[0], (typeof tokens)[0]]
    for (const kind of ['id', 'access'] as const) {
      expect(before[kind]).toMatchObject({ acr: 'basic', amr: ['pwd'] })
      expect(after[kind]).toMatchObject({ acr: 'mfa', sub: before[kind].sub })
      expect(new Set(after[kind].amr)).toEqual(new Set(['pwd', 'otp', 'mfa']))
      expect(after[kind].auth_time - before[kind].auth_time).toBeGreaterThanOrEqual(100)
    }
    expect(after.access.auth_time).toBe(after.id.auth_time)

    const facts = page.locator('[data-testid=panel-item][data-kind=tokens]').last()
    await expect(facts.locator('[data-fact=acr] td')).toHaveText(['basic', 'mfa'])
    await expect(page.getByTestId('present-token')).toContainText('mfa')
  })

  test('the panel draws the conversation: challenge, request, proof, tokens and the call sent again', async ({
    page,
    bank,
  }) => {
    await logIn(page, bank, 'ada')
    await page.getByRole('button', { name: 'Clear' }).click()
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toBeVisible()

    const item = (kind: string) => page.locator(`[data-testid=panel-item][data-kind=${kind}]`)
    await expect(item('challenge')).toContainText('error="insufficient_user_authentication"')
    await expect(item('authorization-request').locator('[data-fact=acr_values]')).toContainText(
      'mfa',
    )
    await expect(item('authorization-request').locator('[data-fact=max_age]')).toContainText('600')
    await expect(item('proved')).toContainText('a one-time code')
    await expect(item('retry')).toContainText('200 to PUT /api/payment-details')
  })

  test('the call is sent again as it was, and its body is in no address', async ({
    page,
    bank,
    context,
  }) => {
    const calls: string[] = []
    const addresses: string[] = []
    context.on('request', (request) => {
      addresses.push(request.url())
      if (request.method() === 'PUT') calls.push(request.postData() ?? '')
    })
    await logIn(page, bank, 'ada')
    await fillPaymentDetails(page)
    const popup = await popupFrom(page, () => pressChange(page))
    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toBeVisible()
    expect(calls).toHaveLength(2)
    expect(calls[1]).toBe(calls[0])
    expect(addresses.filter((address) => /Winter-Hale|DE8937/.test(address))).toEqual([])
  })
})

interface Claims {
  readonly sub: string
  readonly acr: string
  readonly amr: readonly string[]
  readonly auth_time: number
}

function claimsOf(token: string): Claims {
  return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as Claims
}
