/** The part of Node's request that tells repeated headers apart. */
interface NodeHeaders {
  readonly rawHeaders?: readonly string[]
  readonly headers: { readonly authorization?: string | undefined }
}

/**
 * Every `Authorization` header of a Node request. Node keeps the first of several and drops the rest; a proxy in front
 * may have judged another one.
 */
export function authorizationValues({
  rawHeaders,
  headers,
}: NodeHeaders): string | string[] | undefined {
  if (!rawHeaders) return headers.authorization
  let first: string | undefined
  let several: string[] | undefined
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index]
    if (name?.length !== 13 || name.toLowerCase() !== 'authorization') continue
    const value = rawHeaders[index + 1] ?? ''
    if (first === undefined) first = value
    else several = [...(several ?? [first]), value]
  }
  return several ?? first
}
