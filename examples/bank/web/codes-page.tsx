import { useEffect, useState } from 'react'

interface Codes {
  readonly secondsLeft: number
  readonly people: readonly {
    readonly username: string
    readonly name: string
    readonly code?: string
    readonly next?: string
  }[]
}

/** Everybody's codes, so that nobody needs a phone to try the demo. */
export function CodesPage() {
  const codes = useCodes()
  return (
    <main className="alone codes" data-testid="codes">
      <h1>One-time codes</h1>
      <p className="warning" role="note">
        <strong>Only in a demo.</strong> These people have fixed keys that everybody can read in the
        source. A real second factor is known to its owner alone, and no page shows it.
      </p>
      {codes === undefined ? (
        <output>Looking…</output>
      ) : (
        <>
          <p>
            The codes change in <span className="seconds">{codes.secondsLeft}</span> s. Each is
            accepted once; where one is used up, take the next.
          </p>
          <table>
            <thead>
              <tr>
                <th scope="col">Person</th>
                <th scope="col">Code now</th>
                <th scope="col">Next</th>
              </tr>
            </thead>
            <tbody>
              {codes.people.map(({ username, name, code, next }) => (
                <tr key={username} data-person={username}>
                  <th scope="row">
                    {username} <small>{name}</small>
                  </th>
                  <td className="code" data-testid={`code-${username}`}>
                    {code ?? 'none'}
                  </td>
                  <td className="code next">{next ?? ''}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </>
      )}
      <p>
        <a href="/">Back to the bank</a>
      </p>
    </main>
  )
}

function useCodes(): Codes | undefined {
  const [codes, setCodes] = useState<Codes>()
  useEffect(() => {
    document.title = 'One-time codes · Baluster Bank'
    const read = async () => {
      const response = await fetch('/demo/codes.json')
      if (response.ok) setCodes((await response.json()) as Codes)
    }
    // A server that is gone leaves the last codes; the next second asks again.
    const ask = () => void read().catch(() => undefined)
    ask()
    const timer = setInterval(ask, 1000)
    return () => clearInterval(timer)
  }, [])
  return codes
}
