import { useBank } from '../bank-context.ts'
import { Hint } from '../hint.tsx'
import { dayText, moneyText } from '../words.ts'

export function OverviewScreen() {
  const { account, accountFailure, reloadAccount, open } = useBank()
  return (
    <section data-screen="overview">
      <h1 tabIndex={-1}>Your account</h1>
      <div className="outcome" role="alert">
        {accountFailure === undefined ? null : (
          <p className="bad" data-testid="alert" data-code={accountFailure.code}>
            {accountFailure.text}
          </p>
        )}
      </div>
      {accountFailure === undefined ? null : (
        <button type="button" data-testid="try-again" onClick={reloadAccount}>
          Try again
        </button>
      )}
      {account === undefined ? (
        <output>{accountFailure === undefined ? 'Fetching your account…' : ''}</output>
      ) : (
        <>
          <div className="balance-card">
            <p>Balance</p>
            <p className="balance" data-testid="balance">
              {moneyText(account.balanceCents)}
            </p>
          </div>
          <div className="cards">
            <div className="card">
              <h2>Send money</h2>
              <Hint requirement={undefined} />
              <p className="hint">From 1,000 on, a passkey or security key.</p>
              <button type="button" onClick={() => open('/transfer')}>
                New transfer
              </button>
            </div>
            <div className="card">
              <h2>Payment details</h2>
              <Hint requirement="change-payment-details" />
              <button type="button" onClick={() => open('/payment-details')}>
                See details
              </button>
            </div>
            <div className="card">
              <h2>Your card</h2>
              <Hint requirement="show-card-number" />
              <button type="button" onClick={() => open('/card')}>
                See card
              </button>
            </div>
          </div>
          <h2 id="entries">Latest entries</h2>
          <table className="entries" aria-labelledby="entries">
            <thead className="hidden">
              <tr>
                <th scope="col">Day</th>
                <th scope="col">Text</th>
                <th scope="col">Amount</th>
              </tr>
            </thead>
            <tbody>
              {account.entries.map(({ id, at, text, cents }) => (
                <tr key={id} data-testid="entry">
                  <td>{dayText(at)}</td>
                  <td>{text}</td>
                  <td className={cents < 0 ? 'amount' : 'amount plus'}>{moneyText(cents)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
    </section>
  )
}
