import { readFileSync } from 'node:fs'
import { type Server, createServer } from 'node:http'
import { fileURLToPath } from 'node:url'

export interface StaticPages {
  readonly origin: string
  close(): Promise<void>
}

/** A single-page app as a plain server would give it out: `html` at every path, and the library's own file beside it. */
export async function servePages(
  port: number,
  pages: { readonly html: string; readonly scriptPath: string; readonly scriptUrl: string },
): Promise<StaticPages> {
  const script = readFileSync(fileURLToPath(pages.scriptUrl))
  const server = createServer((request, response) => {
    const isScript = request.url === pages.scriptPath
    response.setHeader('Content-Type', isScript ? 'text/javascript' : 'text/html; charset=utf-8')
    response.end(isScript ? script : pages.html)
  })
  await new Promise<void>((resolve) => {
    server.listen(port, 'localhost', resolve)
  })
  return { origin: `http://localhost:${port}`, close: async () => closeServer(server) }
}

/** Browsers keep connections open, and a server waits for them. */
export async function closeServer(server: Server): Promise<void> {
  const closed = new Promise((resolve) => {
    server.close(resolve)
  })
  server.closeAllConnections()
  await closed
}
