import { digestOf } from './base64url.ts'
import type { BffParts } from './bff-parts.ts'
import { loginAnswer } from './call-api.ts'
import type { Exchange } from './exchange.ts'
import { escaped, refuse } from './refusal.ts'
import { formParameter } from './return-address.ts'
import { noStore } from './same-origin.ts'

const script = 'document.forms[0].submit()'

/**
 * `GET …/resume?id=…`: the browser sends the parked form once more, so that the route answers the browser itself. What
 * the form held stays on the server; only its id goes round. By a script, or by a button where there is none.
 */
export async function handleResume(parts: BffParts, exchange: Exchange): Promise<Response> {
  const { settings, sessions, forms } = parts
  const held = await sessions.load(exchange)
  if (!held) return loginAnswer(parts, exchange)
  const id = exchange.url.searchParams.get('id') ?? ''
  const form = await forms.find(held.record, id)
  // The history's Back: it has been sent.
  if (!form) return refuse(settings, exchange, 'transaction_unknown', 404)
  const action = new URL(form.path, settings.origin)
  action.searchParams.set(formParameter, id)
  const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Going on</title>
<main>
<form method="post" action="${escaped(action.pathname + action.search)}">
<p>Your entries are sent now.</p>
<button>Continue</button>
</form>
</main>
<script>${script}</script>
</html>`
  const hash = (await digestOf(script)).replaceAll('-', '+').replaceAll('_', '/')
  return new Response(page, {
    headers: {
      ...noStore,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': `default-src 'none'; script-src 'sha256-${hash}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`,
      'referrer-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    },
  })
}
