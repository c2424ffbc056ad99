import { fileURLToPath } from 'node:url'
import { build } from 'vite'

/**
 * One script for browsers, as a bundler makes it of the sources. Development builds of libraries keep their checks, such
 * as React's `StrictMode`.
 */
export async function bundlePage(
  /** Of the sources. */
  entry: URL | string,
  mode: 'development' | 'production' = 'development',
  /** Folders to take packages from, by name. */
  alias: Readonly<Record<string, string>> = {},
): Promise<string> {
  const output = await build({
    configFile: false,
    logLevel: 'warn',
    mode,
    define: { 'process.env.NODE_ENV': JSON.stringify(mode) },
    resolve: { alias, conditions: ['newel-source', 'module', 'browser', mode] },
    oxc: { jsx: { runtime: 'automatic', development: false } },
    build: {
      write: false,
      target: 'es2023',
      minify: mode === 'production',
      rolldownOptions: { output: { codeSplitting: false } },
      lib: { entry: fileURLToPath(entry), formats: ['es'], fileName: 'page' },
    },
  })
  const [bundle] = Array.isArray(output) ? output : [output]
  const chunk = bundle && 'output' in bundle ? bundle.output[0] : undefined
  if (chunk?.type !== 'chunk') throw new Error('the bundler made no script')
  return chunk.code
}
