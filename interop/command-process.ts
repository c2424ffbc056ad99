import { createFileTokenStore, createNodeClient } from '@newel/client/node'

/** A command of its own process: prints the link for the person, then what came of its call, each as a line of JSON. */
const [issuer = '', api = '', path = '', task = '', calls = '1'] = process.argv.slice(2)
const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`)
const client = createNodeClient({
  issuer,
  clientId: 'command',
  binding: 'dpop',
  resource: api,
  apiOrigins: [api],
  tokens: createFileTokenStore({ path }),
  show: ({ url }) => print({ link: url }),
  onWaiting: ({ asks }) => print({ waits: asks }),
})
try {
  if (task === 'login') print({ acr: (await client.login()).acr })
  else if (calls !== '1') {
    const outcome = async () =>
      client.fetch(`${api}${task}`, { method: 'PUT', body: task }).then(
        ({ status }) => status,
        ({ code }: { readonly code: string }) => code,
      )
    const outcomes = await Promise.all(Array.from({ length: Number(calls) }, outcome))
    // Which of them came first is the network's business.
    print({ outcomes: outcomes.map(String).toSorted() })
  } else {
    const response = await client.fetch(`${api}${task}`, { method: 'PUT', body: task })
    print({ status: response.status, acr: (await client.session())?.acr })
  }
} catch (error) {
  print({ code: error instanceof Error && 'code' in error ? error.code : String(error) })
}
