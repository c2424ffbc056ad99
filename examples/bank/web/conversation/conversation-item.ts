export type Actor = 'App' | 'API' | 'Provider' | 'Person'

/** One thing that was said, ready to be shown. Never holds a token, a code or another secret. */
export interface ConversationItem {
  readonly kind:
    | 'challenge'
    | 'authorization-request'
    | 'asked'
    | 'proved'
    | 'refused'
    | 'authenticated'
    | 'callback'
    | 'tokens'
    | 'retry'
    | 'note'
    | 'error'
  readonly from: Actor
  /** Absent: said to nobody. */
  readonly to?: Actor
  readonly title: string
  readonly facts: readonly Fact[]
  /** As it went over the wire. */
  readonly wire?: string
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Fact {
  readonly name: string
  readonly value: string
  /** What it was before. Absent: there is no before, or it is not the point. */
  readonly before?: string
}
