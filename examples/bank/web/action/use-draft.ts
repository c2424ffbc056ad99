import { useState } from 'react'

const prefix = 'bank:draft:'

/** What a person has typed, kept in this tab alone, so that leaving the page for a step-up loses nothing. */
export function useDraft<Draft>(
  name: string,
  fresh: () => Draft,
): readonly [draft: Draft, change: (draft: Draft) => void, forget: () => void] {
  const [draft, setDraft] = useState<Draft>(() => (readDraft(name) as Draft | undefined) ?? fresh())
  const change = (next: Draft) => {
    setDraft(next)
    sessionStorage.setItem(prefix + name, JSON.stringify(next))
  }
  const forget = () => {
    sessionStorage.removeItem(prefix + name)
    setDraft(fresh())
  }
  return [draft, change, forget]
}

/** What one person typed is not for the next who logs in. */
export function forgetDrafts(): void {
  for (const key of Object.keys(sessionStorage)) {
    if (key.startsWith(prefix)) sessionStorage.removeItem(key)
  }
}

function readDraft(name: string): unknown {
  const kept = sessionStorage.getItem(prefix + name)
  return kept === null ? undefined : JSON.parse(kept)
}
