import { useEffect, useState } from 'react'
import type { PaymentDetails } from '../../api/payment-details.ts'
import { callApi } from '../action/call-api.ts'
import { Outcome } from '../action/outcome.tsx'
import { useAction } from '../action/use-action.ts'
import { useDraft } from '../action/use-draft.ts'
import { useBank } from '../bank-context.ts'
import { Hint } from '../hint.tsx'
import { Field } from './field.tsx'

export function PaymentDetailsScreen() {
  const { send, back } = useBank()
  const [present, setPresent] = useState<PaymentDetails>()
  const [draft, change, forget] = useDraft<PaymentDetails>('payment-details', () => ({
    holder: '',
    iban: '',
  }))
  useEffect(() => {
    callApi<PaymentDetails>(send, '/api/payment-details').then(setPresent, () => undefined)
  }, [send])
  const action = useAction(async () => {
    const details = await callApi<PaymentDetails>(send, '/api/payment-details', {
      method: 'PUT',
      json: draft,
    })
    setPresent(details)
    forget()
    return `Your payment details are changed: pay-outs go to ${details.holder}, ${groups(details.iban)}.`
  }, back)
  return (
    <section data-screen="payment-details">
      <h1 tabIndex={-1}>Payment details</h1>
      <p>Where the bank pays out to.</p>
      {present === undefined ? null : (
        <dl className="details" data-testid="payment-details">
          <div>
            <dt>Holder now</dt>
            <dd>{present.holder}</dd>
          </div>
          <div>
            <dt>IBAN now</dt>
            <dd>{groups(present.iban)}</dd>
          </div>
        </dl>
      )}
      <form
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          action.run()
        }}
      >
        <Field
          label="Account holder"
          name="holder"
          autoComplete="off"
          value={draft.holder}
          error={action.fields['holder']}
          onChange={(holder) => change({ ...draft, holder })}
        />
        <Field
          label="IBAN"
          name="iban"
          autoComplete="off"
          spellCheck={false}
          placeholder="such as DE89 3704 0044 0532 0130 00"
          value={draft.iban}
          error={action.fields['iban']}
          onChange={(iban) => change({ ...draft, iban })}
        />
        <Hint requirement="change-payment-details" />
        <button type="submit" className="primary" disabled={action.state.phase === 'running'}>
          Change payment details
        </button>
      </form>
      <Outcome action={action} />
    </section>
  )
}

function groups(iban: string): string {
  return iban.replaceAll(/(.{4})(?=.)/g, '$1 ')
}
