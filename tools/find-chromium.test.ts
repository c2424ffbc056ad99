import { describe, expect, it } from 'vitest'

import { ChromiumMissingError, findChromium } from './find-chromium.ts'
import type { Machine } from './find-chromium.ts'

describe('the browser of the tests', () => {
  it('is CHROME_PATH before an installed one', () => {
    const machine = machineWith(['/opt/chrome', '/usr/bin/chromium'], {
      CHROME_PATH: '/opt/chrome',
    })
    expect(findChromium(machine)).toBe('/opt/chrome')
  })

  it('is refused where CHROME_PATH is not a program, although one is installed', () => {
    const machine = machineWith(['/usr/bin/chromium'], { CHROME_PATH: '/opt/chrome' })
    expect(() => findChromium(machine)).toThrow(
      expect.objectContaining({ code: 'chrome_path_invalid' }),
    )
  })

  it('is the first installed one on PATH', () => {
    expect(findChromium(machineWith(['/usr/bin/google-chrome']))).toBe('/usr/bin/google-chrome')
  })

  it('is installed by root where apt-get is there', () => {
    const programs = ['/usr/bin/apt-get']
    const ran: string[] = []
    const machine: Machine = {
      ...machineWith(programs),
      isRoot: true,
      run: (command, args) => {
        ran.push([command, ...args].join(' '))
        if (args[0] === 'install') programs.push('/usr/bin/chromium')
        return true
      },
    }
    expect(findChromium(machine)).toBe('/usr/bin/chromium')
    expect(ran).toHaveLength(2)
  })

  it.each([
    ['by anybody but root', false, true],
    ['where apt-get fails', true, false],
  ])('is not installed %s; one line says what to do', (_, isRoot, run) => {
    const machine = { ...machineWith(['/usr/bin/apt-get']), isRoot, run: () => run }
    const error = thrownBy(() => findChromium(machine))
    expect(error).toBeInstanceOf(ChromiumMissingError)
    expect(error).toMatchObject({
      code: 'chromium_missing',
      message: expect.not.stringContaining('\n'),
    })
  })
})

function machineWith(
  programs: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Machine {
  return {
    env: { PATH: '/usr/local/bin:/usr/bin', ...env },
    platform: 'linux',
    isRoot: false,
    isExecutable: (path) => programs.includes(path),
    run: () => false,
  }
}

function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  return undefined
}
