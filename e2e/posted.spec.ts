import { createHash, randomBytes } from 'node:crypto'
import { type Server, createServer } from 'node:http'
import { type TestHouse, openTestHouse } from '@newel/testing/house'
import { type Page, expect, test } from '@playwright/test'

/** A relying party on another site, which posts its requests and wants its answers posted. */
interface RelyingParty {
  readonly origin: string
  readonly answers: readonly URLSearchParams[]
  readonly server: Server
}

const secret = 'a-secret-of-the-posting-client-001'
let house: TestHouse
let rp: RelyingParty
let password: string

test.beforeAll(async () => {
  rp = await openRelyingParty()
  house = await openTestHouse(
    ({ issuer }) => `
issuer: ${issuer}
levels:
  basic: { accepts: [password], lifetime: 12h }
clients:
  - { id: poster, name: Poster, type: confidential, secret: { env: POSTER }, redirectUris: ['${rp.origin}/callback'], default: basic }
`,
    { clientSecrets: new Map([['poster', secret]]) },
  )
  ;({ password } = await house.addPerson('ada'))
})

test.afterAll(async () => {
  await house.close()
  rp.server.closeAllConnections()
  rp.server.close()
})

async function openRelyingParty(): Promise<RelyingParty> {
  const answers: URLSearchParams[] = []
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      response.setHeader('content-type', 'text/html')
      if (request.method === 'POST' && request.url === '/callback') {
        answers.push(new URLSearchParams(Buffer.concat(chunks).toString()))
        // As most do: the answer is taken, and the browser sent on.
        response.writeHead(303, { location: '/home' }).end()
      } else if (request.url === '/home') {
        response.end('<h1>Home</h1>')
      } else {
        response.end(requestForm())
      }
    })
  })
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('no address')
  // Another site than `localhost`, so cookies of the provider stay away from what it posts.
  const origin = `http://127.0.0.1:${address.port}`
  return { origin, answers, server }

  function requestForm(): string {
    const challenge = createHash('sha256').update(randomBytes(32)).digest('base64url')
    const fields = {
      client_id: 'poster',
      response_type: 'code',
      response_mode: 'form_post',
      scope: 'openid',
      redirect_uri: `${rp.origin}/callback`,
      state: 'state-1',
      nonce: 'nonce-1',
      code_challenge: challenge,
      code_challenge_method: 'S256',
    }
    const inputs = Object.entries(fields).map(
      ([name, value]) => `<input type="hidden" name="${name}" value="${value}">`,
    )
    return `<form method="post" action="${house.issuer}/authorize">${inputs.join('')}<button>Sign in</button></form>`
  }
}

async function begin(page: Page): Promise<void> {
  await page.goto(rp.origin)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

async function signIn(page: Page): Promise<void> {
  await page.getByLabel('Username').fill('ada')
  await page.getByLabel('Password').fill(password)
  await page.getByRole('button', { name: 'Continue' }).click()
}

test('a request posted from another site finds its person signed in, and the answer sends itself', async ({
  page,
}) => {
  const refused: string[] = []
  page.on('console', (message) => {
    if (message.type() === 'error') refused.push(message.text())
  })
  await begin(page)
  await signIn(page)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  expect(rp.answers.at(-1)?.get('state')).toBe('state-1')
  expect(rp.answers.at(-1)?.get('iss')).toBe(house.issuer)
  const before = rp.answers.length
  await begin(page)
  await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  expect(rp.answers.length).toBe(before + 1)
  expect(rp.answers.at(-1)?.get('code')).toBeTruthy()
  expect(refused).toEqual([])
})

test.describe('without scripts', () => {
  test.use({ javaScriptEnabled: false })

  test('the answer goes by a button', async ({ page }) => {
    await begin(page)
    await signIn(page)
    await expect(page.locator('main')).toHaveAttribute('data-page', 'send-on')
    await page.getByRole('button', { name: 'Continue' }).click()
    await expect(page.getByRole('heading', { name: 'Home' })).toBeVisible()
  })
})
