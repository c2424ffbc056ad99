import type { Page, Route } from '@playwright/test'
import {
  alertWith,
  expect,
  fillPaymentDetails,
  giveCode,
  logIn,
  popupFrom,
  pressChange,
  result,
  test,
} from './bank-fixture.ts'

test.describe('at once', () => {
  test('ten calls that are challenged start one step-up, and all ten go through', async ({
    page,
    bank,
    context,
  }) => {
    const statuses: number[] = []
    page.on('response', (response) => {
      if (response.request().method() === 'PUT') statuses.push(response.status())
    })
    // Held back until there are ten, so that their challenges come together.
    const held: Route[] = []
    let open = false
    await page.route('**/api/payment-details', async (route) => {
      if (open || route.request().method() !== 'PUT') return route.continue()
      held.push(route)
    })
    await logIn(page, bank, 'ada')
    for (let count = 1; count <= 10; count += 1) {
      await fillPaymentDetails(page)
      await pressChange(page)
      await expect.poll(() => held.length).toBe(count)
      // A screen sends one call at a time; the next one is a new one.
      await page.getByTestId('nav-overview').click()
    }
    open = true
    const popup = await popupFrom(page, async () => {
      await Promise.all(held.map((route) => route.continue()))
    })
    await giveCode(popup, bank.codes.next('ada'))
    await expect.poll(() => statuses.filter((status) => status === 200)).toHaveLength(10)
    expect(statuses.filter((status) => status === 401)).toHaveLength(10)
    expect(context.pages()).toHaveLength(1)
    expect(bank.events.filter(({ type }) => type === 'step_up_required')).toHaveLength(1)
  })

  test('two tabs that need the same ask once, and each gets its own result', async ({
    page,
    bank,
    context,
  }) => {
    await logIn(page, bank, 'ada')
    const other = await context.newPage()
    await other.goto(bank.addresses.bank)
    await fillPaymentDetails(page, { holder: 'First tab', iban: 'DE89370400440532013000' })
    await fillPaymentDetails(other, { holder: 'Second tab', iban: 'NL91ABNA0417164300' })
    const popup = await popupFrom(page, () => pressChange(page))
    await challengedIn(other, () => pressChange(other))
    expect(context.pages()).toHaveLength(3)

    await giveCode(popup, bank.codes.next('ada'))
    await expect(result(page)).toContainText('First tab')
    await expect(result(other)).toContainText('Second tab')
    await expect(page.getByTestId('present-token')).toContainText('mfa')
    await expect(other.getByTestId('present-token')).toContainText('mfa')
    expect(bank.events.filter(({ type }) => type === 'step_up_required')).toHaveLength(1)
  })

  test('a step-up that is cancelled ends for all tabs that wait, and each can ask again', async ({
    page,
    bank,
    context,
  }) => {
    await logIn(page, bank, 'ada')
    const other = await context.newPage()
    await other.goto(bank.addresses.bank)
    await fillPaymentDetails(page)
    await fillPaymentDetails(other)
    const popup = await popupFrom(page, () => pressChange(page))
    await challengedIn(other, () => pressChange(other))
    await popup.getByRole('button', { name: 'Cancel' }).click()
    await expect(alertWith(page, 'step_up_cancelled')).toBeVisible()
    await expect(alertWith(other, 'step_up_cancelled')).toBeVisible()

    const second = await popupFrom(other, () => pressChange(other))
    await giveCode(second, bank.codes.next('ada'))
    await expect(result(other)).toBeVisible()
  })
})

/** Until the API has refused the call that `action` makes. */
async function challengedIn(page: Page, action: () => Promise<void>): Promise<void> {
  const refused = page.waitForResponse((response) => response.status() === 401)
  await action()
  await refused
}
