import { largeTransferEuros } from '../../ledger/transfer.ts'
import { callApi } from '../action/call-api.ts'
import { Outcome } from '../action/outcome.tsx'
import { useAction } from '../action/use-action.ts'
import { useDraft } from '../action/use-draft.ts'
import { useBank } from '../bank-context.ts'
import { Hint } from '../hint.tsx'
import { moneyText } from '../words.ts'
import { Field } from './field.tsx'

interface TransferDraft {
  readonly payee: string
  readonly amount: string
  /** One per transfer, however often it is sent: the bank books it once. */
  readonly key: string
}

const freshDraft = (): TransferDraft => ({ payee: '', amount: '', key: crypto.randomUUID() })

export function TransferScreen() {
  const { send, account, reloadAccount, back } = useBank()
  const [draft, change, forget] = useDraft('transfer', freshDraft)
  const amount = amountOf(draft.amount)
  const action = useAction(async () => {
    await callApi(send, '/api/transfers', {
      method: 'POST',
      headers: { 'idempotency-key': draft.key },
      json: { payee: draft.payee, amount },
    })
    reloadAccount()
    forget()
    return `${moneyText(Math.round(amount * 100))} sent to ${draft.payee}.`
  }, back)
  // Another text is another transfer.
  const edit = (part: Partial<TransferDraft>) =>
    change({ ...draft, ...part, key: crypto.randomUUID() })
  return (
    <section data-screen="transfer">
      <h1 tabIndex={-1}>Send money</h1>
      {account === undefined ? null : (
        <p>
          Balance <strong data-testid="balance">{moneyText(account.balanceCents)}</strong>
        </p>
      )}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          action.run()
        }}
      >
        <Field
          label="Payee"
          name="payee"
          autoComplete="off"
          value={draft.payee}
          error={action.fields['payee']}
          onChange={(payee) => edit({ payee })}
        />
        <Field
          label="Amount in euros"
          name="amount"
          inputMode="decimal"
          autoComplete="off"
          value={draft.amount}
          error={action.fields['amount']}
          onChange={(text) => edit({ amount: text })}
        />
        <Hint requirement={amount >= largeTransferEuros ? 'approve-large-transfer' : undefined} />
        <button type="submit" className="primary" disabled={action.state.phase === 'running'}>
          Send transfer
        </button>
      </form>
      <Outcome action={action} />
    </section>
  )
}

/** `1,250.50` and `1250.5` alike. What is no number is `NaN`, which the bank turns down with a reason. */
function amountOf(text: string): number {
  const plain = text.replaceAll(/[\s,]/g, '')
  return plain === '' ? Number.NaN : Number(plain)
}
