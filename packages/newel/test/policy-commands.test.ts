import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { documentText, makeFolder } from './in-process.ts'
import type { Folder } from './in-process.ts'

let folder: Folder
beforeAll(() => {
  folder = makeFolder({
    'newel.yaml': documentText,
    'warned.yaml': documentText.replace('maxAge: 10m', 'maxAge: 10s'),
    'grave.yaml': documentText.replace('default: basic', 'default: basic, minimum: mfa'),
    'broken.yaml': documentText
      .replace('[password]', '[pasword]')
      .replace('maxAge: 0', 'maxAge: x'),
    'config.ts':
      'const issuer: string = "http://localhost:4000"\nexport default { issuer, levels: { basic: { accepts: ["password"], lifetime: "12h" } } }\n',
    'undefaulted.ts': 'export const issuer = "http://localhost:4000"\n',
    'throwing.ts': 'throw new Error("no\\nway")\n',
  })
})
afterAll(() => folder.remove())

describe('check', () => {
  it.each([
    ['a document without a fault', ['check'], 0, 'newel.yaml: nothing wrong'],
    ['a warning', ['check', '-c', 'warned.yaml'], 0, 'warned.yaml:7:'],
    ['a warning, strictly', ['check', '-c', 'warned.yaml', '--strict'], 1, 'max_age_too_short'],
    ['a finding that start refuses', ['check', '-c', 'grave.yaml'], 1, '1 error'],
    ['problems', ['check', '-c', 'broken.yaml'], 1, 'broken.yaml:4:'],
    ['the mend of a problem', ['check', '-c', 'broken.yaml'], 1, 'did you mean `password`?'],
    ['a module', ['check', '-c', 'config.ts'], 0, 'config.ts: nothing wrong'],
  ])('answers for %s', async (_name, args, exitCode, text) => {
    const outcome = await folder.newel(args)
    expect(outcome).toMatchObject({ exitCode, err: '' })
    expect(outcome.out).toContain(text)
  })

  it('prints JSON that states code, place and mend', async () => {
    const { out, exitCode } = await folder.newel(['check', '-c', 'broken.yaml', '--json'])
    expect(exitCode).toBe(1)
    expect(JSON.parse(out)).toMatchObject({
      ok: false,
      problems: [{ code: 'unknown_method', line: 4, fileName: 'broken.yaml' }, { line: 8 }],
      findings: [],
    })
  })
})

describe('a document', () => {
  it.each([
    ['that is not there', ['check', '-c', 'nowhere.yaml'], 3, 'there is no file `nowhere.yaml`'],
    ['that is a folder', ['check', '-c', '.'], 3, '`.` is a folder'],
    ['without default export', ['check', '-c', 'undefaulted.ts'], 3, 'has no default export'],
    ['that throws', ['check', '-c', 'throwing.ts'], 3, 'cannot be loaded: no;'],
    [
      'with problems, to explain',
      ['explain', '-c', 'broken.yaml', '--acr', 'mfa'],
      1,
      '(and 1 more',
    ],
    ['with problems, to start', ['start', '-c', 'broken.yaml'], 1, 'newel: broken.yaml:4:'],
    ['with a grave finding, to start', ['start', '-c', 'grave.yaml'], 1, 'newel: grave.yaml:'],
  ])('%s is one line on standard error', async (_name, args, exitCode, text) => {
    const outcome = await folder.newel(args)
    expect(outcome).toMatchObject({ exitCode, out: '' })
    expect(outcome.err).toContain(text)
    expect(outcome.err).toMatch(/^newel: [^\n]+; [^\n]+$/)
  })

  it('is looked for under its usual name alone', async () => {
    const empty = makeFolder()
    expect(await empty.newel(['check'])).toMatchObject({ exitCode: 3, out: '' })
    empty.remove()
  })
})

describe('explain', () => {
  const required = ['explain', '--require', 'change-details']
  it.each([
    ['nothing proved', required, 1, 'to meet it: password + totp (`mfa`)'],
    [
      'enough proved',
      [...required, '--proved', 'password=1h', '--proved', 'totp=10m'],
      0,
      'satisfied by `mfa`',
    ],
    [
      'a second too old',
      [...required, '--proved', 'password=1h', '--proved', 'totp=601s'],
      1,
      'to meet it: totp',
    ],
    ['no authenticator', [...required, '--enrolled', 'password'], 1, 'no authenticator at hand'],
    ['a level by its name', ['explain', '--acr', 'basic', '--proved', 'password=1h'], 0, '`basic`'],
    ['an age alone', ['explain', '--max-age', '1h', '--proved', 'password=1h'], 0, 'any level'],
    ['a rule', ['explain', '--path', '/details'], 1, 'rule 2 (/details) matches'],
    [
      'a condition that is met',
      ['explain', '--method', 'post', '--path', '/transfers', '--body', '{"amount":1000}'],
      1,
      'rule 1 (POST /transfers)',
    ],
    [
      'a condition that is not',
      ['explain', '--method', 'POST', '--path', '/transfers', '--body', '{"amount":999}'],
      0,
      'no rule matches',
    ],
    [
      'a condition without its body',
      ['explain', '--method', 'POST', '--path', '/transfers'],
      1,
      'cannot be decided',
    ],
    ['a path of two readings', ['explain', '--path', '/x/..%2fdetails'], 1, 'refused'],
    [
      'a proof for the request',
      [
        'explain',
        '--require',
        'approve',
        '--proved',
        'password=request',
        '--proved',
        'totp=request',
      ],
      0,
      'for this request only',
    ],
    [
      'a proof just before the request',
      ['explain', '--require', 'approve', '--proved', 'password=0', '--proved', 'totp=0'],
      1,
      'not for this request',
    ],
  ])('answers for %s', async (_name, args, exitCode, text) => {
    const outcome = await folder.newel(args)
    expect(outcome).toMatchObject({ exitCode, err: '' })
    expect(outcome.out).toContain(text)
  })

  it('knows that an answer of an upstream counts under its wider names too', async () => {
    folder.write(
      'upstream.yaml',
      `issuer: http://localhost:4000
levels: { basic: { accepts: [federated], lifetime: 1h }, mfa: { accepts: ['federated:company + totp'], lifetime: 1h } }
upstreams: [{ id: company, issuer: 'https://login.example', clientId: n, accept: [{ name: any, any: true }] }]
`,
    )
    const proved = ['explain', '-c', 'upstream.yaml', '--proved', 'federated:company/any=1m']
    expect(await folder.newel([...proved, '--acr', 'basic'])).toMatchObject({ exitCode: 0 })
    const mfa = await folder.newel([...proved, '--acr', 'mfa', '--json'])
    expect(JSON.parse(mfa.out)).toMatchObject({ plans: [{ acr: 'mfa', methods: ['totp'] }] })
  })

  it('prints JSON with the decision, the steps and the plans', async () => {
    const { out } = await folder.newel([...required, '--proved', 'password=1h', '--json'])
    expect(JSON.parse(out)).toMatchObject({
      requirement: { name: 'change-details', acrValues: ['mfa'], maxAgeSeconds: 600 },
      decision: { satisfied: false, unmet: [{ acr: 'mfa', reason: 'missing' }] },
      plans: [{ acr: 'mfa', methods: ['totp'] }],
    })
  })
})

describe('a wrong call', () => {
  it.each([
    ['no question', ['explain'], '--require NAME'],
    ['an unknown level', ['explain', '--acr', 'mfaa'], 'it has `'],
    ['two questions', ['explain', '--acr', 'mfa', '--path', '/'], 'more than one'],
    ['a request without its path', ['explain', '--acr', 'mfa', '--method', 'GET'], '--path'],
    ['an unknown requirement', ['explain', '--require', 'chnge'], '`change-details`'],
    ['an unknown method', ['explain', '--acr', 'mfa', '--proved', 'topt=1m'], 'Methods are'],
    [
      'an age that is none',
      ['explain', '--acr', 'mfa', '--max-age', '10x'],
      '`10x` is not a duration',
    ],
    ['a body that is not JSON', ['explain', '--path', '/', '--body', '{'], 'not JSON'],
    ['a port that is none', ['start', '--port', '65536'], 'from 0 to 65535'],
    ['a proxy that is none', ['start', '--trust-proxy', '10.0.0.0/33'], '10.0.0.0/8'],
    ['an unknown option', ['check', '--jsno'], 'Did you mean --json?'],
    ['an unknown command', ['chekc'], 'chekc'],
    ['one argument too many', ['check', 'newel.yaml'], 'too many arguments'],
  ])('with %s is one line that says how to call', async (_name, args, text) => {
    const outcome = await folder.newel(args)
    expect(outcome).toMatchObject({ exitCode: 2, out: '' })
    expect(outcome.err).toContain(text)
    expect(outcome.err).toMatch(/^newel: [^\n]+$/)
  })

  it.each([
    [['start', '--port', 'abc'], 'newel start --help'],
    [['user', 'add'], 'newel user add --help'],
    [['user', 'ad', 'start'], 'newel user --help'],
    [['stat'], 'newel --help'],
  ])('%j names the help of what was called', async (args, help) => {
    expect((await folder.newel(args)).err).toMatch(new RegExp(`see \`${help}\`$`))
  })

  it('without a command shows the help', async () => {
    const { exitCode, err } = await folder.newel([])
    expect(exitCode).toBe(2)
    expect(err).toContain('Exit codes:')
  })
})

it.each([
  'start',
  'check',
  'explain',
  'migrate',
  'keys list',
  'keys rotate',
  'keys sealed',
  'keys reseal',
  'user add',
  'user list',
  'user password',
  'user totp',
  'user remove',
  'user recovery',
  'user recovery-codes',
  'user disable',
  'user enable',
  'user unlock',
])('the help of `%s` has examples', async (command) => {
  const { exitCode, out } = await folder.newel([...command.split(' '), '--help'])
  expect(exitCode).toBe(0)
  expect(out.split('\nExamples:\n')[1]).toContain(`newel ${command}`)
})
