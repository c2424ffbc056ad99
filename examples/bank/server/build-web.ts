import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'

const bankFolder = join(import.meta.dirname, '..')
const webFolder = join(bankFolder, 'web')
const distFolder = join(bankFolder, 'dist')
const packagesFolder = join(bankFolder, '..', '..', 'packages')

/** Everything that the built app is made from, besides installed libraries. */
const sourceFolders = [
  webFolder,
  ...['client', 'policy', 'protocol'].map((name) => join(packagesFolder, name, 'src')),
]

/**
 * The folder with the built app, building it where its sources have changed. It is named for them, so that two demos
 * that start at once, or one that still runs on older sources, do not disturb each other.
 */
export async function buildWeb(): Promise<string> {
  const folder = join(distFolder, `web-${await sourceDigest()}`)
  if (existsSync(folder)) return folder
  const draft = `${folder}.${process.pid}`
  await mkdir(distFolder, { recursive: true })
  // Loaded only where something is to be built: it costs half a second.
  const [{ build }, { default: react }] = await Promise.all([
    import('vite'),
    import('@vitejs/plugin-react'),
  ])
  await build({
    root: webFolder,
    configFile: false,
    logLevel: 'warn',
    plugins: [react()],
    resolve: { conditions: ['newel-source', 'module', 'browser', 'production'] },
    build: {
      outDir: draft,
      emptyOutDir: true,
      target: 'es2023',
      modulePreload: { polyfill: false },
    },
  })
  try {
    await rename(draft, folder)
  } catch (error) {
    await rm(draft, { recursive: true, force: true })
    // Another process has built the same meanwhile.
    if (!existsSync(folder)) throw error
  }
  return folder
}

async function sourceDigest(): Promise<string> {
  const digest = createHash('sha256')
  for (const folder of sourceFolders) {
    const files = await readdir(folder, { recursive: true, withFileTypes: true })
    const paths = files
      .filter((entry) => entry.isFile() && !entry.name.endsWith('.test.ts'))
      .map((entry) => join(entry.parentPath, entry.name))
      .toSorted()
    for (const path of paths)
      digest.update(path.slice(bankFolder.length)).update(await readFile(path))
  }
  return digest.digest('hex').slice(0, 12)
}
