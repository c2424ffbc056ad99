import type { Refusal } from './refusal.ts'

/** A refusal as it goes out: its body as text, and its headers with the type of that. */
export interface RefusalAnswer {
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** Requests that are refused alike share their refusal, and so what goes out is made once. */
const made = new WeakMap<Refusal, RefusalAnswer>()

export function refusalAnswer(refusal: Refusal): RefusalAnswer {
  const known = made.get(refusal)
  if (known) return known
  const answer = {
    text: JSON.stringify(refusal.body),
    headers: { ...refusal.headers, 'Content-Type': 'application/json' },
  }
  made.set(refusal, answer)
  return answer
}
