import { spawn } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram, mustBeThere, serverOwner } from '@newel/testing'

/** An Apache of this test alone, on loopback, in a folder that goes with it. */
export interface TestApache {
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

const modules = '/usr/lib/apache2/modules'
const needed = ['mpm_event', 'authn_core', 'authz_core', 'authz_user', 'dir', 'auth_openidc']

/** Why there can be no such Apache here; undefined where there can, and in CI, where the start then fails. */
export function apacheMissing(): string | undefined {
  if (mustBeThere()) return undefined
  if (program() === undefined) return '`apache2` is not installed'
  const missing = needed.find((name) => !existsSync(moduleFile(name)))
  return missing === undefined ? undefined : `Apache's module \`${missing}\` is not installed`
}

/** `site`: what comes after the modules, the address and the folder of `pages`. A page is a file `name/index.html`. */
export async function startApache(
  port: number,
  site: string,
  pages: Readonly<Record<string, string>>,
): Promise<TestApache> {
  const apache = program()
  if (apache === undefined) throw new Error('`apache2` is not installed')
  const folder = await mkdtemp(join(tmpdir(), 'newel-apache-'))
  const owner = serverOwner()
  const given = (path: string): string => {
    if (owner) chownSync(path, owner.uid, owner.gid)
    return path
  }
  chmodSync(given(folder), 0o755)
  given(writeFolder(join(folder, 'pages')))
  for (const [name, text] of Object.entries(pages)) {
    writeFileSync(join(given(writeFolder(join(folder, 'pages', name))), 'index.html'), text)
  }
  const configuration = join(folder, 'apache.conf')
  writeFileSync(
    configuration,
    `
ServerRoot "${folder}"
ServerName localhost
Listen 127.0.0.1:${port}
PidFile "${join(folder, 'apache.pid')}"
DefaultRuntimeDir "${folder}"
ErrorLog "${join(folder, 'error.log')}"
${needed.map((name) => `LoadModule ${name}_module "${moduleFile(name)}"`).join('\n')}
StartServers 1
DocumentRoot "${join(folder, 'pages')}"
DirectoryIndex index.html
${site}
`,
  )
  const server = spawn(apache, ['-f', configuration, '-D', 'FOREGROUND'], {
    ...owner,
    cwd: folder,
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => {
    server.once('exit', resolve)
  })
  const stop = async (): Promise<void> => {
    server.kill('SIGTERM')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 100; tries += 1) {
    if (await answers(port)) return { stop }
    if (server.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const log = join(folder, 'error.log')
  const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
  await stop()
  throw new Error(`Apache does not answer: ${said}`)
}

function program(): string | undefined {
  return findProgram('apache2', ['/usr/sbin'])
}

function moduleFile(name: string): string {
  return join(modules, `mod_${name}.so`)
}

function writeFolder(path: string): string {
  mkdirSync(path)
  return path
}

async function answers(port: number): Promise<boolean> {
  try {
    await fetch(`http://127.0.0.1:${port}/`)
    return true
  } catch {
    return false
  }
}
