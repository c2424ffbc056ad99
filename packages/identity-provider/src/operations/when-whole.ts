import { IncomingMessage, type ServerResponse } from 'node:http'

/**
 * Begins to answer a request when it is there whole and nothing that was asked before on its connection is unanswered. Until
 * then it costs a connection and what the connection holds of it: somebody who sends it byte by byte takes nobody's place.
 * What is larger than the connection holds of a request that nobody reads (64 KiB) begins at once, to be refused.
 */
export function whenWhole(
  request: IncomingMessage,
  response: ServerResponse,
  begin: () => void,
): void {
  whenItsTurn(response, () => {
    whenThere(request, begin)
  })
}

/** Of requests that were sent one behind the other, the answer that is written now is the one that has the connection. */
function whenItsTurn(response: ServerResponse, then: () => void): void {
  if (response.socket === null) response.once('socket', then)
  else then()
}

/** The parser pushes the body and then its end. Listening to the stream instead would consume it. */
function whenThere(request: IncomingMessage, then: () => void): void {
  if (request.complete || !hasBody(request)) {
    then()
    return
  }
  request.push = (chunk: unknown, encoding) => {
    const hasRoom = IncomingMessage.prototype.push.call(request, chunk, encoding)
    if (chunk === null || !hasRoom) {
      Reflect.deleteProperty(request, 'push')
      // Not within the parser, which an error would break.
      process.nextTick(then)
    }
    return hasRoom
  }
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
