import { useState } from 'react'
import { callApi } from '../action/call-api.ts'
import { Outcome } from '../action/outcome.tsx'
import { useAction } from '../action/use-action.ts'
import { useBank } from '../bank-context.ts'
import { Hint } from '../hint.tsx'

interface Card {
  readonly number: string
  readonly expires: string
}

export function CardScreen() {
  const { send, account, back } = useBank()
  const [card, setCard] = useState<Card>()
  const action = useAction(async () => {
    setCard(await callApi<Card>(send, '/api/card'))
    return 'Your card number is shown.'
  }, back)
  return (
    <section data-screen="card">
      <h1 tabIndex={-1}>Your card</h1>
      <div className="plastic">
        <p className="plastic-bank">Baluster Bank</p>
        <p className="plastic-number" data-testid="card-number">
          {card?.number ?? '•••• •••• •••• ••••'}
        </p>
        <p className="plastic-foot">
          <span>{account?.name}</span>
          <span>{card?.expires ?? '••/••'}</span>
        </p>
      </div>
      <Hint requirement="show-card-number" />
      {card === undefined ? (
        <button
          type="button"
          className="primary"
          disabled={action.state.phase === 'running'}
          onClick={() => action.run()}
        >
          Show card number
        </button>
      ) : (
        <button type="button" className="primary" onClick={() => setCard(undefined)}>
          Hide card number
        </button>
      )}
      <Outcome action={action} />
    </section>
  )
}
