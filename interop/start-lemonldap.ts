import { spawn } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findProgram } from '@newel/testing'

/** A LemonLDAP::NG portal of this test alone, on loopback, in a folder that goes with it. Its people log in as `dwho`. */
export interface TestLemonldap {
  readonly issuer: string
  /** Ends it and removes its folder. */
  stop(): Promise<void>
}

export interface LemonldapClient {
  readonly id: string
  readonly secret: string
  readonly redirectUri: string
  /** What its access tokens name beside it. */
  readonly audience: string
}

const portal = '/usr/share/lemonldap-ng/portal/htdocs/index.psgi'

/** Why there can be no such portal here. */
export function lemonldapMissing(): string | undefined {
  if (findProgram('plackup') === undefined) return '`plackup` is not installed'
  return existsSync(portal) ? undefined : 'the portal of LemonLDAP::NG is not installed'
}

export async function startLemonldap(
  port: number,
  client: LemonldapClient,
): Promise<TestLemonldap> {
  const issuer = `http://127.0.0.1:${port}`
  const folder = await mkdtemp(join(tmpdir(), 'newel-lemonldap-'))
  for (const name of ['conf', 'sessions', 'kept', 'cache', 'lib', 'lib/Image']) {
    mkdirSync(join(folder, name))
  }
  // It loads its picture puzzles even where none is shown, and they a library that is not among what it needs.
  writeFileSync(join(folder, 'lib/Image/Magick.pm'), 'package Image::Magick;\n1;\n')
  writeFileSync(join(folder, 'lemonldap-ng.ini'), settings(folder))
  writeFileSync(
    join(folder, 'conf/lmConf-1.json'),
    JSON.stringify(configuration(issuer, folder, client)),
  )
  const log = join(folder, 'log')
  const program = `exec plackup -I lib -E deployment --host 127.0.0.1 --port ${port} ${portal} >log 2>&1`
  const server = spawn('/bin/sh', ['-c', program], {
    cwd: folder,
    env: { PATH: process.env['PATH'], LLNG_DEFAULTCONFFILE: join(folder, 'lemonldap-ng.ini') },
    stdio: 'ignore',
  })
  const ended = new Promise((resolve) => {
    server.once('exit', resolve)
  })
  const stop = async (): Promise<void> => {
    server.kill('SIGKILL')
    await ended
    await rm(folder, { recursive: true, force: true })
  }
  for (let tries = 0; tries < 200; tries += 1) {
    if (await answers(issuer)) return { issuer, stop }
    if (server.exitCode !== null) break
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  const said = existsSync(log) ? readFileSync(log, 'utf8') : ''
  await stop()
  throw new Error(`LemonLDAP::NG does not answer: ${said}`)
}

async function answers(issuer: string): Promise<boolean> {
  try {
    return (await fetch(`${issuer}/.well-known/openid-configuration`)).status === 200
  } catch {
    return false
  }
}

function settings(folder: string): string {
  return `
[all]
logLevel = warn
logger = Lemonldap::NG::Common::Logger::Std
userLogger = Lemonldap::NG::Common::Logger::Std
[configuration]
type = File
dirName = ${folder}/conf
localStorage = Cache::FileCache
localStorageOptions = { 'namespace' => 'c', 'cache_root' => '${folder}/cache', 'cache_depth' => 1 }
[portal]
staticPrefix = /static
templateDir = /usr/share/lemonldap-ng/portal/templates
languages = en
[handler]
status = 0
`
}

/** Its demonstration people, its OpenID provider, and one client. */
function configuration(issuer: string, folder: string, client: LemonldapClient): object {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
  })
  const files = (name: string): object => ({
    Directory: join(folder, name),
    LockDirectory: join(folder, name),
  })
  return {
    cfgNum: 1,
    cfgAuthor: 'test',
    cfgDate: '1627287638',
    key: 'a key of this test',
    authentication: 'Demo',
    userDB: 'Same',
    passwordDB: 'Demo',
    portal: `${issuer}/`,
    domain: '127.0.0.1',
    securedCookie: 0,
    requireToken: 0,
    globalStorage: 'Apache::Session::File',
    globalStorageOptions: {
      ...files('sessions'),
      generateModule: 'Lemonldap::NG::Common::Apache::Session::Generate::SHA256',
    },
    persistentStorage: 'Apache::Session::File',
    persistentStorageOptions: files('kept'),
    localSessionStorageOptions: {
      namespace: 's',
      cache_root: join(folder, 'cache'),
      cache_depth: 1,
    },
    locationRules: { '127.0.0.1': { default: 'accept' } },
    exportedVars: { uid: 'uid' },
    demoExportedVars: { uid: 'uid' },
    issuerDBOpenIDConnectActivation: 1,
    oidcServiceMetaDataIssuer: issuer,
    oidcServicePrivateKeySig: privateKey,
    oidcServicePublicKeySig: publicKey,
    oidcServiceKeyIdSig: 'key',
    oidcServiceAllowAuthorizationCodeFlow: 1,
    oidcServiceMetaDataAuthnContext: { 'loa-1': 1, 'loa-2': 2, 'loa-3': 3, 'loa-4': 4 },
    oidcRPMetaDataOptions: {
      app: {
        oidcRPMetaDataOptionsClientID: client.id,
        oidcRPMetaDataOptionsClientSecret: client.secret,
        oidcRPMetaDataOptionsRedirectUris: client.redirectUri,
        oidcRPMetaDataOptionsIDTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsAccessTokenSignAlg: 'RS256',
        oidcRPMetaDataOptionsAccessTokenJWT: 1,
        oidcRPMetaDataOptionsBypassConsent: 1,
        oidcRPMetaDataOptionsAdditionalAudiences: client.audience,
      },
    },
    oidcRPMetaDataExportedVars: { app: {} },
  }
}
