/** The parts of package-lock.json that the tools read. */
export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>
}

export interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly link?: boolean
  readonly hasInstallScript?: boolean
  readonly os?: readonly string[]
  readonly cpu?: readonly string[]
  readonly libc?: readonly string[]
  readonly license?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

/** An optional dependency that a locked package names and the lock file does not hold. */
export interface MissingOptional {
  readonly name: string
  readonly version: string
  /** The locked package that names it. */
  readonly by: string
}

/**
 * npm leaves an optional dependency out of the lock file where the registry at hand did not have it, and `npm ci` then
 * refuses that file.
 */
export function missingOptionals({ packages }: LockFile): readonly MissingOptional[] {
  return Object.entries(packages).flatMap(([by, { optionalDependencies = {} }]) =>
    Object.entries(optionalDependencies)
      .filter(([name]) => !lookupPaths(by, name).some((path) => packages[path] !== undefined))
      .map(([name, version]) => ({ name, version, by })),
  )
}

/**
 * The lock file with an entry for each missing optional dependency that is meant for one platform. npm skips such an
 * entry by its `os` and `cpu`, so it needs no integrity here; on its own platform npm fetches it by version.
 */
export function completeLockFile(lock: LockFile): LockFile {
  const packages: Record<string, LockedPackage> = { ...lock.packages }
  for (const { name, version, by } of missingOptionals(lock)) {
    const platform = platformOf(name)
    if (!platform || !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) continue
    const dev = lock.packages[by]?.dev === true ? { dev: true } : {}
    packages[`node_modules/${name}`] = { version, ...platform, ...dev, optional: true }
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'))
  return { ...lock, packages: Object.fromEntries(sorted) }
}

/** Where Node would find `name` from the package at `from`, nearest first. */
function lookupPaths(from: string, name: string): readonly string[] {
  const parts = from === '' ? [] : from.split('/node_modules/')
  const ancestors = parts.map((_, at) => parts.slice(0, parts.length - at).join('/node_modules/'))
  return [...ancestors.map((path) => `${path}/node_modules/${name}`), `node_modules/${name}`]
}

const operatingSystems = [
  'aix',
  'android',
  'darwin',
  'freebsd',
  'linux',
  'netbsd',
  'openbsd',
  'openharmony',
  'sunos',
  'win32',
]
const processors = [
  'arm64',
  'arm',
  'ia32',
  'loong64',
  'mips64el',
  'ppc64',
  'riscv64',
  's390x',
  'wasm32',
  'x64',
]

/** The platform that a package's name states, such as `@scope/binding-linux-arm64-musl`. */
function platformOf(name: string): Pick<LockedPackage, 'os' | 'cpu' | 'libc'> | undefined {
  const words = name.split(/[/-]/)
  const os = operatingSystems.find((word) => words.includes(word))
  const cpu = processors.find((word) => words.includes(word))
  if (cpu === undefined) return undefined
  const libc = words.some((word) => word.startsWith('musl')) ? 'musl' : 'glibc'
  if (os === 'linux' && words.some((word) => /^(musl|gnu)/.test(word))) {
    return { cpu: [cpu], libc: [libc], os: [os] }
  }
  return { cpu: [cpu], ...(os ? { os: [os] } : {}) }
}
