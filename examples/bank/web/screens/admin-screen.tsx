import { useState } from 'react'
import { callApi } from '../action/call-api.ts'
import { Outcome } from '../action/outcome.tsx'
import { useAction } from '../action/use-action.ts'
import { useBank } from '../bank-context.ts'
import { Hint } from '../hint.tsx'

interface Overview {
  readonly customers: readonly {
    readonly name: string
    readonly operator: boolean
    readonly iban: string
  }[]
}

export function AdminScreen() {
  const { send, back } = useBank()
  const [overview, setOverview] = useState<Overview>()
  const action = useAction(async () => {
    setOverview(await callApi<Overview>(send, '/api/admin/overview'))
    return 'The admin dashboard is open.'
  }, back)
  return (
    <section data-screen="admin">
      <h1 tabIndex={-1}>Admin dashboard</h1>
      <p>Every customer of the bank, for its operators.</p>
      <Hint requirement="admin-dashboard" />
      <button
        type="button"
        className="primary"
        disabled={action.state.phase === 'running'}
        onClick={() => action.run()}
      >
        Open admin dashboard
      </button>
      <Outcome action={action} />
      {overview === undefined ? null : (
        <div className="scrolls">
          <table className="customers" data-testid="admin-overview">
            <thead>
              <tr>
                <th scope="col">Customer</th>
                <th scope="col">Role</th>
                <th scope="col">Pay-outs to</th>
              </tr>
            </thead>
            <tbody>
              {overview.customers.map(({ name, operator, iban }) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td>{operator ? 'operator' : 'customer'}</td>
                  <td>{iban}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  )
}
