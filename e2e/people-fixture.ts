import {
  type ReceivedLetter,
  type TestHouse,
  type TestMailServer,
  type TestPerson,
  authorizationRequest,
  confirmAddress,
  openTestHouse,
  startMailServer,
} from '@newel/testing/house'
import { type Page, test as base } from '@playwright/test'

export { expect } from '@playwright/test'

/** A provider whose people sign up, come back and get codes by mail, with the mail server that the letters go to. */
export interface PeopleHouse extends Pick<TestHouse, 'issuer' | 'redirectUri' | 'store'> {
  readonly mail: TestMailServer
  /** A person with a password and an address, which `verified` says they have confirmed. */
  addReachable(
    username: string,
    options?: { readonly totp?: boolean; readonly verified?: boolean },
  ): Promise<TestPerson>
}

/** `sections`: of the document, beside what both houses have. */
async function openPeopleHouse(
  sections: string,
): Promise<{ readonly house: PeopleHouse; readonly close: () => Promise<void> }> {
  const mail = await startMailServer()
  const house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
name: Northgate ID
clients:
  - { id: web, name: The App, type: spa, redirectUris: ['${redirectUri}'], default: basic }
mail: { from: id@example.com, smtp: { host: 127.0.0.1, port: ${mail.port}, tls: none } }
signUp: { open: true }
${sections}
`,
  )
  return {
    house: {
      ...house,
      mail,
      async addReachable(username, { totp = false, verified = false } = {}) {
        const address = `${username}@example.com`
        const person = await house.addPerson(username, { totp, email: address })
        if (verified) await confirmAddress(house, person, address)
        return person
      },
    },
    async close() {
      await house.close()
      await mail.close()
    },
  }
}

const codesByMail = `
levels:
  basic: { accepts: [password], lifetime: 12h }
  mail: { accepts: [password + email-code], lifetime: 30m }
  mfa: { accepts: [password + totp], lifetime: 15m, satisfies: [mail, basic] }
methods: { email-code: { highest: mail }, passkey: { enabled: true } }
enrolment: { duringStepUp: true }
recovery: { lostFactor: { coolDown: 24h, finishWithin: 7d } }
`

// Where the mailbox replaces the password, it is no proof beside it.
const passwordByMail = `
levels:
  basic: { accepts: [password], lifetime: 12h }
  mfa: { accepts: [password + totp], lifetime: 15m }
recovery: { password: email-code }
`

export const test = base.extend<
  object,
  {
    /** Codes by mail reach a level, and a lost factor can be recovered. */
    readonly house: PeopleHouse
    /** A forgotten password is replaced after a code by mail. */
    readonly forgiving: PeopleHouse
  }
>({
  house: [
    // oxlint-disable-next-line no-empty-pattern -- Playwright reads the fixtures that are used from the pattern
    async ({}, provide) => {
      const { house, close } = await openPeopleHouse(codesByMail)
      await provide(house)
      await close()
    },
    { scope: 'worker' },
  ],
  forgiving: [
    // oxlint-disable-next-line no-empty-pattern -- as above
    async ({}, provide) => {
      const { house, close } = await openPeopleHouse(passwordByMail)
      await provide(house)
      await close()
    },
    { scope: 'worker' },
  ],
})

/** What an app opens that wants a code. */
export async function openApp(
  page: Page,
  house: PeopleHouse,
  parameters: Readonly<Record<string, string>> = {},
): Promise<void> {
  // Nobody listens at the app's address.
  await page.route(`${house.redirectUri}**`, async (route) => route.fulfill({ body: 'app' }))
  await page.goto(authorizationRequest(house, { client_id: 'web', ...parameters }).url.href)
}

/** The code in a letter. */
export function codeIn({ mail }: ReceivedLetter): string {
  return (
    /^ {4}(\d{4}) (\d{4})$/m
      .exec(mail.text ?? '')
      ?.slice(1)
      .join('') ?? ''
  )
}
