import { readFileSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import type { Browser, Page } from '@playwright/test'
import { bundlePage } from '../bundle-page.ts'
import { giveCode, giveLogin, openBrowser } from '../person-in-browser.ts'
import type { ExampleWorld } from './example-world.ts'

/** Of those that follow, the example at hand may bring its own; the others are those of its page. */
const names = ['client', 'start', 'Root', 'Header', 'SaveButton'] as const

/** Puts an example's parts into one app, which says in its title that it is there. */
const apps = {
  ts: (api: string) => `
const outcome = document.body.appendChild(document.createElement('p'))
const show = (text) => { outcome.id = 'outcome'; outcome.textContent = text }
const call = async () => {
  const { status } = await app.client.fetch('${api}/payment-details', { method: 'PUT', body: 'x' })
  show(String(status))
}
const button = (text) => {
  const made = document.body.appendChild(document.createElement('button'))
  made.textContent = text
  return made
}
// A page without a \`start\` of its own begins as the client's documentation says.
const start = app.start ?? (async (client, render) => {
  const result = await client.handleRedirectCallback()
  if (result?.outcome === 'relayed') return
  if (!result) await client.restore().catch(() => undefined)
  render()
})
await start(app.client, async () => {
  button('Log in').addEventListener('click', () => void app.client.login())
  const save = button('Save')
  if (app.wire) app.wire(app.client, save, call)
  else save.addEventListener('click', async () => {
    if (app.changeDetails) show(await app.changeDetails(...(app.changeDetails.length > 1 ? [app.client] : []), 'DE02'))
    else await call()
  })
  // What a redirect has interrupted; where no popup opens, the page is left.
  if (app.afterCallback) {
    window.open = () => null
    await app.afterCallback(show)
  }
  document.title = app.client.session?.acr ?? 'nobody'
})`,
  tsx: (api: string) => `
import { useClient, useSession } from '@newel/client/react'
import { createRoot } from 'react-dom/client'
function Action() {
  const client = useClient()
  const session = useSession()
  document.title = session.status === 'logged-in' ? session.session.acr : session.status === 'logged-out' ? 'nobody' : ''
  if (session.status !== 'logged-in') return null
  const approve = () => void client.fetch('${api}/payment-details', { method: 'PUT', body: 'x' })
  return app.Approve ? <app.Approve approve={approve} /> : <app.SaveButton iban="DE02" />
}
createRoot(document.body.appendChild(document.createElement('div'))).render(
  <app.Root><app.Header /><Action /></app.Root>,
)`,
}

/** An app that logs in by the library, with a manager of its own, and has the example at its callback address. */
const libraryApp = (world: ExampleWorld, file: string, source: string) => `
import { UserManager } from 'oidc-client-ts'
const button = (text, act) => {
  const made = document.body.appendChild(document.createElement('button'))
  made.textContent = text
  made.addEventListener('click', act)
}
const userManager = new UserManager({
  authority: '${world.house.issuer}',
  client_id: 'bank-web',
  redirect_uri: location.origin + '/callback',
  popup_redirect_uri: location.origin + '/popup',
  scope: 'openid accounts',
})
window.userManager = userManager
if (location.pathname === '/popup') await userManager.signinPopupCallback()
else if (location.pathname === '/callback') {
  const example = await import('${file}')
  ${source.includes('await handleRedirectCallback()') ? '' : 'await example.handleRedirectCallback()'}
  button('Save', () => example.fetch('${world.api}/payment-details', { method: 'PUT', body: 'x' }))
  // The library's filter takes the level out of its profile.
  const [, claims] = (await userManager.getUser()).id_token.split('.')
  document.title = JSON.parse(atob(claims.replaceAll('-', '+').replaceAll('_', '/'))).acr
} else button('Log in', () => userManager.signinRedirect())
`

let browser: Browser | undefined

export async function closeBrowser(): Promise<void> {
  await browser?.close()
}

/**
 * An app in a page, or in React, of the parts that its page of the documentation shows: it is led by a person in Chromium
 * through login and step-up, until its call to the API is done. An example without a call of its own has one of the run's.
 */
export async function runPage(
  world: ExampleWorld,
  file: string,
  source: string,
  _asks: string,
  others: readonly string[],
): Promise<string | undefined> {
  return drive(world, entryOf(world, file, others), source)
}

/** The step-up of an app that keeps `oidc-client-ts`: exports `fetch` and `handleRedirectCallback`. */
export async function runLibraryPage(
  world: ExampleWorld,
  file: string,
  source: string,
): Promise<string | undefined> {
  const entry = `${file}.entry.ts`
  writeFileSync(entry, libraryApp(world, file, source))
  return drive(world, entry, source)
}

async function drive(
  world: ExampleWorld,
  entry: string,
  source: string,
): Promise<string | undefined> {
  const script = await bundlePage(pathToFileURL(entry))
  world.serveApp((request, response) => {
    const isScript = request.url === '/app.js'
    response.setHeader('content-type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(
      isScript ? script : '<!doctype html><body><script type="module" src="/app.js"></script>',
    )
  })
  browser ??= await openBrowser()
  const context = await browser.newContext()
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const errors: string[] = []
  page.on('pageerror', ({ message }) => errors.push(message))
  try {
    await lead(world, page, source)
  } catch (error) {
    return [String(error).split('\n')[0], ...errors, ...world.calls].join('; ')
  } finally {
    await context.close()
  }
  const [first, ...rest] = world.calls.join().split(',').toReversed()
  const once = first === 'PUT /payment-details 200' && rest.length <= 1 && errors.length === 0
  return once ? undefined : [...world.calls, ...errors].join('; ')
}

async function lead(world: ExampleWorld, page: Page, source: string): Promise<void> {
  const person = await world.newcomer()
  await page.goto(world.app)
  await page.getByRole('button', { name: 'Log in' }).click()
  await giveLogin(page, person)
  await page.waitForFunction(() => document.title === 'basic')
  const done = page.waitForResponse(
    (answer) =>
      answer.url().startsWith(world.api) && answer.request().method() === 'PUT' && answer.ok(),
  )
  const react = source.includes('@newel/client/react')
  const leaves = /afterCallback|mode: 'redirect'/.test(source)
  const opened = leaves ? Promise.resolve(page) : page.waitForEvent('popup')
  for (const ended of [done, opened]) ended.catch(() => {})
  await page.getByRole('button', { name: /^(Save|Confirm and approve)$/ }).click()
  // In React the page's own `SaveButton` has one.
  const dialog = react ? !source.includes('function Approve') : source.includes('dialogPrompt')
  if (dialog) {
    await page.getByRole('dialog').getByRole('button').first().click()
  }
  await giveCode(await opened, person)
  await done
  if (!react && source.includes('@newel/client/browser')) {
    await page.locator('#outcome', { hasText: /200|Saved/ }).waitFor()
  }
}

/** The module that a bundler begins with: the example, and what it needs of the others. */
function entryOf(world: ExampleWorld, file: string, others: readonly string[]): string {
  const extension = file.endsWith('x') ? 'tsx' : 'ts'
  const parts = names.flatMap((name) => {
    const exported = new RegExp(`^export (const|(async )?function) ${name}\\b`, 'm')
    const found = [file, ...others].find((place) => exported.test(readFileSync(place, 'utf8')))
    return found === undefined ? [] : [`export { ${name} } from '${found}'`]
  })
  const [partsFile, entry] = ['parts', 'entry'].map((name) => `${file}.${name}.${extension}`)
  writeFileSync(partsFile ?? '', parts.join('\n'))
  const imports = `import * as parts from '${partsFile}'\nimport * as example from '${file}'\n`
  writeFileSync(
    entry ?? '',
    `${imports}const app = { ...parts, ...example }\n${apps[extension](world.api)}\n`,
  )
  return entry ?? ''
}
