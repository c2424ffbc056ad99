import { type TestPerson, totpCode } from './test-person.ts'
import type { VisitedPage, Visitor } from './visitor.ts'

/** Answers a page of login or step-up with what this person has. `now`: of their one-time codes, in seconds. */
export async function answerPage(
  visitor: Visitor,
  page: VisitedPage,
  { username, password, totpKey }: TestPerson,
  now = Math.floor(Date.now() / 1000),
): Promise<VisitedPage> {
  if (page.page === 'login') return visitor.submit(page, { username, password })
  if (page.method === 'password') return visitor.submit(page, { password })
  if (page.method === 'totp') return visitor.submit(page, { code: totpCode(totpKey, now) })
  throw new Error(`no answer for ${page.page} ${page.method}`)
}

/** Answers pages until one is neither login nor step-up. Tells what was asked, as `login:password` and `step-up:totp`. */
export async function answerPages(
  visitor: Visitor,
  first: VisitedPage,
  person: TestPerson,
): Promise<{ readonly page: VisitedPage; readonly asked: readonly string[] }> {
  const asked: string[] = []
  let page = first
  while (page.page === 'login' || page.page === 'step-up') {
    if (asked.length > 4) throw new Error(`asked without end: ${asked.join()}`)
    asked.push(`${page.page}:${page.method ?? ''}`)
    page = await answerPage(visitor, page, person)
  }
  return { page, asked }
}
