/** The bank said no, for a reason of banking. */
export class BankError extends Error {
  override readonly name = 'BankError'
  readonly code: string
  readonly status: number
  /** What is wrong with each field, by its name. */
  readonly fields: Readonly<Record<string, string>>

  constructor(status: number, body: ErrorBody) {
    super(body.message ?? body.error_description ?? `the bank answered with status ${status}`)
    this.code = body.error ?? 'unknown'
    this.status = status
    this.fields = body.fields ?? {}
  }
}

interface ErrorBody {
  readonly error?: string
  readonly message?: string
  readonly error_description?: string
  readonly fields?: Readonly<Record<string, string>>
}

/**
 * Call the bank's API. `send` is the client's `fetch`: where the action needs more, the step-up happens inside.
 *
 * @throws BankError, or what the client throws
 */
export async function callApi<Result>(
  send: typeof fetch,
  path: string,
  init?: RequestInit & { readonly json?: unknown },
): Promise<Result> {
  const { json, ...rest } = init ?? {}
  const headers = new Headers(rest.headers)
  if (json !== undefined) headers.set('content-type', 'application/json')
  const response = await send(path, {
    ...rest,
    headers,
    ...(json === undefined ? {} : { body: JSON.stringify(json) }),
  })
  const body: unknown = await response.json().catch(() => ({}))
  if (!response.ok) throw new BankError(response.status, body as ErrorBody)
  return body as Result
}
