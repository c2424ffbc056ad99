import { readFileSync, readdirSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { hashPassword, matchesPassword } from './password-hash.ts'

const right = Buffer.from('correct horse battery staple')
const salt = (size: number): Uint8Array => new Uint8Array(size).fill(7)

/** The priorities of this process's threads. */
function priorities(): readonly number[] {
  return readdirSync('/proc/self/task').map((task) => {
    const stat = readFileSync(`/proc/self/task/${task}/stat`, 'utf8')
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[16])
  })
}

describe('a password hash', () => {
  it('matches its password and no other', async () => {
    const phc = await hashPassword(right, salt)
    expect(phc).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    expect(await matchesPassword(phc, right)).toBe(true)
    expect(await matchesPassword(phc, Buffer.from('correct horse'))).toBe(false)
  })

  it('that cannot be read fails alone', async () => {
    await expect(matchesPassword('no hash', right)).rejects.toBeInstanceOf(Error)
    expect(await matchesPassword(await hashPassword(right, salt), right)).toBe(true)
  })

  it.runIf(process.platform === 'linux')(
    'is computed on a thread that gives way to all others',
    async () => {
      await hashPassword(right, salt)
      const usual = Math.min(...priorities())
      expect(priorities().filter((priority) => priority > usual)).toHaveLength(1)
      expect(Math.max(...priorities())).toBe(Math.min(19, usual + 5))
    },
  )
})
