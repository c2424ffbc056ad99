/** A person of the demo. Nothing here is secret, and nothing of it may be copied into a real installation. */
export interface DemoPerson {
  readonly username: string
  readonly name: string
  readonly password: string
  /** Base32, fixed so that the demo page can show the codes. Absent: no one-time codes. */
  readonly totpSecret?: string
  readonly operator: boolean
  /** What to try with them. */
  readonly note: string
}

export const demoPeople: readonly DemoPerson[] = [
  {
    username: 'ada',
    name: 'Ada Winter',
    password: 'walnut-lantern-42',
    totpSecret: 'NEWELDEMOADAONLYFORTRYINGITOUTAA',
    operator: false,
    note: 'password and one-time codes; a passkey can be added',
  },
  {
    username: 'ben',
    name: 'Ben Okafor',
    password: 'copper-meadow-17',
    operator: false,
    note: 'a password only',
  },
  {
    username: 'olga',
    name: 'Olga Marsh',
    password: 'harbour-violet-88',
    totpSecret: 'NEWELDEMOOLGAONLYFORTRYINGITOUTA',
    operator: true,
    note: 'operator; password and one-time codes; a security key or passkey can be added',
  },
]
