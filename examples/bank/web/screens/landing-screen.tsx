import type { Failure } from '../action/failure.ts'

export interface LandingScreenProps {
  /** Why nobody is logged in, where there is more to say than that. */
  readonly failure: Failure | undefined
  readonly onLogin: () => void
}

export function LandingScreen({ failure, onLogin }: LandingScreenProps) {
  return (
    <section className="landing" data-screen="landing">
      <h1 tabIndex={-1}>A bank that asks only when it matters</h1>
      <p className="lead">
        Log in with a password and look around. Moving money or changing where it goes asks for
        more, once, and only for what is missing.
      </p>
      <div role="alert">
        {failure === undefined ? null : (
          <p className="bad" data-testid="alert" data-code={failure.code}>
            {failure.text}
          </p>
        )}
      </div>
      <button type="button" className="primary" onClick={onLogin}>
        Log in
      </button>
      <ul className="promises">
        <li>
          <strong>Payment details</strong> ask for a second factor.
        </li>
        <li>
          <strong>The admin dashboard</strong> asks for a passkey or security key.
        </li>
        <li>
          <strong>A transfer of 1,000 or more</strong> asks again, every time.
        </li>
      </ul>
    </section>
  )
}
