import { protect } from '@newel/client/bff/next'
import { bff } from '../../backend.ts'

const changes: string[] = []

export async function GET(request: Request): Promise<Response> {
  const session = await bff.session(request)
  return Response.json({ subject: session?.subject ?? null, changes })
}

export const POST = protect(bff.require({ acr: 'mfa', maxAge: 600 }), async (request, session) => {
  const form = await request.formData()
  changes.push(`${form.get('iban') as string} by ${session.subject}`)
  return Response.redirect(new URL('/details', bff.origin), 303)
})
