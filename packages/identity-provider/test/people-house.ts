import {
  type TestHouse,
  type TestHouseOptions,
  type TestMailServer,
  type TestPerson,
  type VisitedPage,
  type Visitor,
  openTestHouse,
  startMailServer,
} from '@newel/testing/house'
import { type Asked, ask } from './step-up-house.ts'

/** A house whose people can sign up and come back, with the mail server that their letters go to. */
export interface PeopleHouse extends TestHouse {
  readonly mail: TestMailServer
  /** A person with a password and an address. */
  addReachable(username: string, options?: { readonly totp?: boolean }): Promise<TestPerson>
}

const usual = `
signUp: { open: true }
recovery: { password: email-code, lostFactor: { coolDown: 24h, finishWithin: 7d } }
`

export async function openPeopleHouse(
  sections = usual,
  options: TestHouseOptions = {},
): Promise<PeopleHouse> {
  const mail = await startMailServer()
  const house = await openTestHouse(
    ({ issuer, redirectUri }) => `
issuer: ${issuer}
name: Newel Test
levels:
  basic: { accepts: [password, passkey], lifetime: 12h }
  mfa: { accepts: [password + totp, password + security-key, password + recovery-code, passkey], lifetime: 15m }
  phishing-resistant: { acr: phr, accepts: [passkey, password + security-key], lifetime: 5m }
methods: { recovery-code: { highest: mfa } }
resources:
  - { id: 'https://api.test', name: API, scopes: { accounts: Read accounts } }
clients:
  - { id: web, type: spa, redirectUris: ['${redirectUri}'], default: basic, resources: ['https://api.test'], scopes: [openid, accounts, offline_access] }
mail: { from: 'Newel Test <id@example.com>', smtp: { host: 127.0.0.1, port: ${mail.port} } }
${sections}
`,
    options,
  )
  return {
    ...house,
    get events() {
      return house.events
    },
    mail,
    async addReachable(username, { totp = false } = {}) {
      return house.addPerson(username, { totp, email: `${username}@example.com` })
    },
    async close() {
      await house.close()
      await mail.close()
    },
  }
}

/** The code in the `count`-th letter to the address. */
export async function codeFor(house: PeopleHouse, address: string, count = 1): Promise<string> {
  const { mail } = await house.mail.letterTo(address, count)
  return codeIn(mail.text ?? '') ?? ''
}

export function codeIn(text: string): string | undefined {
  return /^ {4}(\d{4}) (\d{4})$/m.exec(text)?.slice(1).join('')
}

/** Signs up as far as the page that asks for the name: the address is shown to be theirs. */
export async function signUpToName(
  house: PeopleHouse,
  visitor: Visitor,
  address: string,
  parameters: Readonly<Record<string, string>> = {},
): Promise<Asked> {
  const { page: first, attempt } = await ask(house, visitor, parameters)
  const start = first.page === 'sign-up' ? first : await visitor.press(first, 'Create an account')
  const code = await visitor.submit(start, { email: address })
  const page = await visitor.submit(code, { code: await codeFor(house, address) })
  return { page, attempt }
}

/** Has forgotten the password, as far as the page that asks for the code. */
export async function forgetPassword(
  house: PeopleHouse,
  visitor: Visitor,
  named: string,
): Promise<VisitedPage> {
  const { page: login } = await ask(house, visitor, {})
  const who = await visitor.press(login, 'Forgot your password?')
  return visitor.submit(who, { username: named })
}
