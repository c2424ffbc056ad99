import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A file that the pages refer to. Its path names its content, so a browser may keep it for ever. */
export interface Asset {
  /** Below the issuer's path, such as `/assets/pages-3f8a1c….css`. */
  readonly path: string
  /** Where it stands on this machine. */
  readonly file: string
  readonly contentType: string
  readonly body: Buffer
}

/** For `Cache-Control`: what a path names never changes. */
export const assetCacheControl = 'public, max-age=31536000, immutable'

// The compiled module stands as deep below the package as this one, so one address finds the files for both; they are
// served as they are written and are not compiled.
const own = (name: string): string =>
  fileURLToPath(new URL(`../../../src/interaction/assets/${name}`, import.meta.url))

const script = 'text/javascript; charset=utf-8'
const stylesheet = asset('pages', 'css', own('pages.css'), 'text/css; charset=utf-8')
const icon = asset('icon', 'svg', own('icon.svg'), 'image/svg+xml')
const forms = asset('forms', 'js', own('browser/forms.js'), script)
const webauthn = asset('webauthn', 'js', own('browser/webauthn.js'), script)
// The bundle, because the library's modules would be twenty requests. `exports` names the entry only: `script/index.js`.
const webauthnLibrary = asset(
  'simplewebauthn',
  'js',
  fileURLToPath(
    new URL(
      '../dist/bundle/index.umd.min.js',
      pathToFileURL(createRequire(import.meta.url).resolve('@simplewebauthn/browser')),
    ),
  ),
  script,
)

/** Everything to serve. */
export const assets: readonly Asset[] = [stylesheet, icon, forms, webauthn, webauthnLibrary]

/** Where a page finds each. */
export const assetPaths = {
  stylesheet: stylesheet.path,
  icon: icon.path,
  forms: forms.path,
  webauthn: webauthn.path,
  webauthnLibrary: webauthnLibrary.path,
} as const

function asset(name: string, extension: string, file: string, contentType: string): Asset {
  const body = readFileSync(file)
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 16)
  return { path: `/assets/${name}-${hash}.${extension}`, file, contentType, body }
}
