import type { RequirementName } from '../api/requirements.ts'
import { useBank } from './bank-context.ts'

/** What will be asked, in words, by the requirement's name. */
const asks: Readonly<Record<RequirementName, string>> = {
  'show-card-number': 'Will ask for your password again.',
  'change-payment-details': 'Will ask for your second factor.',
  'admin-dashboard': 'Will ask for a passkey or security key.',
  'approve-large-transfer': 'Will ask for a passkey or security key, for this transfer alone.',
}

export interface HintProps {
  /** Absent: a login is enough. */
  readonly requirement: RequirementName | undefined
}

/** Before the click: what it will ask. A courtesy; the API decides. */
export function Hint({ requirement }: HintProps) {
  const { client, config } = useBank()
  if (requirement === undefined) {
    return (
      <p className="hint" data-testid="hint" data-asks="no">
        Your login is enough for this.
      </p>
    )
  }
  const { acr, maxAge } = config.requirements[requirement]
  const needed = client.wouldNeed({ acr, ...(maxAge === undefined ? {} : { maxAge }) })
  return (
    <p className="hint" data-testid="hint" data-asks={needed ? 'yes' : 'no'}>
      {needed ? asks[requirement] : 'You have proved enough a moment ago: nothing more is asked.'}
    </p>
  )
}
