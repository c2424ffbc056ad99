import { appendFileSync } from 'node:fs'
import { createFileTokenStore } from '../../src/node.ts'

/** Counts in a store that others count in too; or holds its lock until it is killed. */
const [path = '', log = '', times = '0'] = process.argv.slice(2)
const store = createFileTokenStore({ path })

if (times === 'hold') {
  await store.exclusively(() => {
    appendFileSync(log, 'held\n')
    return new Promise(() => {
      setInterval(() => {}, 1000)
    })
  })
}
for (let time = 0; time < Number(times); time += 1) {
  await store.exclusively(async () => {
    const before = Number((await store.read()) ?? '0')
    await store.write(String(before + 1))
  })
}
