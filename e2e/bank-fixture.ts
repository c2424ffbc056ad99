import { type BrowserContext, expect, type Page, test as base } from '@playwright/test'
import { startBank, type RunningBank } from '@newel/example-bank'
import { OneTimeCodes } from './one-time-codes.ts'

export { expect } from '@playwright/test'

export type Username = 'ada' | 'ben' | 'olga'

export interface OpenBank extends RunningBank {
  /** One-time codes that the provider has not seen yet. */
  readonly codes: OneTimeCodes
  readonly passwordOf: (username: Username) => string
  /** The next proof that is given counts as this old. */
  readonly ageNextProof: (seconds: number) => void
  /** What the test itself provokes in the console is not held against the pages. */
  readonly expectComplaint: (text: RegExp) => void
}

export const test = base.extend<{
  /**
   * A bank of this test's own: locks, used codes and money of another test are not in it. When the test is over, no page
   * may have complained.
   */
  readonly bank: OpenBank
}>({
  bank: async ({ context }, provide) => {
    const expected: RegExp[] = []
    const complaints = collectComplaints(context)
    const bank = await openBank((text) => expected.push(text))
    try {
      await provide(bank)
      const unexpected = complaints.filter((text) => !expected.some((one) => one.test(text)))
      expect(unexpected, 'no page has console errors or violates its CSP').toEqual([])
    } finally {
      // Browsers connect ahead of need, and a server waits a minute for a connection that has asked nothing yet.
      await context.close()
      await bank.close()
    }
  },
})

async function openBank(expectComplaint: OpenBank['expectComplaint']): Promise<OpenBank> {
  // The people were there before: the codes that were spent on setting them up are long past.
  let behindSeconds = 600
  const clock = (): number => Math.floor(Date.now() / 1000) - behindSeconds
  const bank = await startBank({
    data: ':memory:',
    ports: 0,
    clock,
    observe: ({ type }) => {
      // The proof has its time; whatever comes after it happens now.
      if (type === 'proof_accepted') behindSeconds = 0
    },
  })
  behindSeconds = 0
  const person = (username: Username) => {
    const found = bank.people.find((one) => one.username === username)
    if (!found) throw new Error(`the demo has no \`${username}\``)
    return found
  }
  return {
    addresses: bank.addresses,
    people: bank.people,
    get events() {
      return bank.events
    },
    codeOf: (username) => bank.codeOf(username),
    close: () => bank.close(),
    codes: new OneTimeCodes((username) => person(username).totpSecret),
    passwordOf: (username) => person(username).password,
    ageNextProof: (seconds) => {
      behindSeconds = seconds
    },
    expectComplaint,
  }
}

/** The browser's own note of an answer with an error status, which is what these tests provoke. */
const answerNote = /^Failed to load resource: the server responded with a status of 4\d\d/

function collectComplaints(context: BrowserContext): string[] {
  const complaints: string[] = []
  context.on('console', (message) => {
    if (message.type() !== 'error' || answerNote.test(message.text())) return
    complaints.push(`${message.text()} (${message.location().url})`)
  })
  context.on('weberror', (error) => complaints.push(String(error.error())))
  return complaints
}

/** Sign in with the password and wait for the bank's account page. */
export async function logIn(page: Page, bank: OpenBank, username: Username): Promise<void> {
  await page.goto(bank.addresses.bank)
  await page.getByRole('button', { name: 'Log in' }).click()
  await giveLogin(page, bank, username)
  await expect(page.getByTestId('balance')).toBeVisible()
}

/** Answer the provider's login page. */
export async function giveLogin(page: Page, bank: OpenBank, username: Username): Promise<void> {
  await expect(page.locator('main[data-page=login]')).toBeVisible()
  await page.getByLabel('Username').fill(username)
  await page.getByLabel('Password').fill(bank.passwordOf(username))
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Answer the provider's page that asks for the password again. */
export async function givePassword(page: Page, bank: OpenBank, username: Username): Promise<void> {
  await expect(asked(page, 'password')).toBeVisible()
  await page.getByLabel('Password').fill(bank.passwordOf(username))
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** Answer the provider's page that asks for a one-time code. */
export async function giveCode(page: Page, code: string): Promise<void> {
  await expect(asked(page, 'totp')).toBeVisible()
  await page.getByLabel('One-time code').fill(code)
  await page.getByRole('button', { name: 'Continue' }).click()
}

/** The provider's page that asks for a proof by `method`. */
export function asked(page: Page, method: string) {
  return page.locator(`main[data-page=step-up][data-method=${method}]`)
}

/** The popup that an action in `page` opens, once it shows a page of the provider. */
export async function popupFrom(page: Page, action: () => Promise<void>): Promise<Page> {
  const [popup] = await Promise.all([page.waitForEvent('popup'), action()])
  await expect(popup.locator('main[data-page]')).toBeVisible()
  return popup
}

export const newDetails = { holder: 'Ada Winter-Hale', iban: 'DE89370400440532013000' } as const

export const newDetailsText =
  'Your payment details are changed: pay-outs go to Ada Winter-Hale, DE89 3704 0044 0532 0130 00.'

export async function fillPaymentDetails(
  page: Page,
  { holder, iban }: { holder: string; iban: string } = newDetails,
): Promise<void> {
  await page.getByTestId('nav-payment-details').click()
  await page.getByLabel('Account holder').fill(holder)
  await page.getByLabel('IBAN', { exact: true }).fill(iban)
}

export async function fillTransfer(page: Page, payee: string, amount: string): Promise<void> {
  await page.getByTestId('nav-transfer').click()
  await page.getByLabel('Payee').fill(payee)
  await page.getByLabel('Amount in euros').fill(amount)
}

export function pressChange(page: Page): Promise<void> {
  return page.getByRole('button', { name: 'Change payment details' }).click()
}

export function pressSend(page: Page): Promise<void> {
  return page.getByRole('button', { name: 'Send transfer' }).click()
}

/** The result of the last action, where it went through. */
export function result(page: Page) {
  return page.getByTestId('result')
}

/** A failure that the person is told of, by its code. */
export function alertWith(page: Page, code: string) {
  return page.locator(`[data-testid=alert][data-code=${code}]`)
}
