/** A body of at most so many bytes. `undefined`: it is longer, and was not read to its end. */
export async function readBody(
  source: Pick<Request | Response, 'body'>,
  mostBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const chunks: Uint8Array[] = []
  let length = 0
  const reader = source.body?.getReader()
  for (;;) {
    const part = await reader?.read()
    if (!part || part.done) break
    length += part.value.byteLength
    if (length > mostBytes) {
      await reader?.cancel()
      return undefined
    }
    chunks.push(part.value)
  }
  const whole = new Uint8Array(length)
  let offset = 0
  for (const chunk of chunks) {
    whole.set(chunk, offset)
    offset += chunk.byteLength
  }
  return whole
}
