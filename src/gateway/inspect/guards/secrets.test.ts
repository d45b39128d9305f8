import { describe, expect, test } from 'bun:test'
import { growth } from '../../../../test/growth.ts'
import { secrets } from './secrets.ts'

const detector = secrets.create({})
function matches(text: string) {
  const found = detector.find(text, 'text', 0)
  if (found instanceof Promise) throw new Error('local')
  return found
}
const find = (text: string) =>
  matches(text).map(({ label, start, end }) => `${label.slice(8)}=${text.slice(start, end)}`)

const digits = '0123456789'
/**
 * So that no scanner of repositories takes the samples for leaks: no key of theirs is in one piece in this
 * file.
 */
const filled = (length: number, alphabet = 'aB3dE5gH7jK9mN1pQ2rS4tU6vW8xY0z') =>
  Array.from({ length }, (_, index) => alphabet[(index * 7) % alphabet.length]).join('')
const lines = (count: number, end: string) => Array.from({ length: count }, () => filled(64)).join(end)
const pem = (heading: string, end = '\n', before = '') =>
  `-----BEGIN ${heading}-----${end}${before}${lines(5, end)}${end}-----END ${heading}-----`

const positive: readonly (readonly [entity: string, value: string, around?: (value: string) => string])[] = [
  ['aws-access-key', 'AKIAIOSFODNN7EXAMPLE'],
  ['aws-access-key', 'ASIAIOSFODNN7EXAMPLE', (value) => `?X-Amz-Credential=${value}%2F20260101`],
  ['aws-secret-key', filled(40), (value) => `aws_secret_access_key = ${value}\n`],
  ['aws-secret-key', filled(40), (value) => `export AWS_SECRET_ACCESS_KEY="${value}"`],
  ['aws-secret-key', filled(40), (value) => `{"SecretAccessKey": "${value}"}`],
  ['aws-secret-key', filled(40), (value) => `{\\"secretAccessKey\\":\\"${value}\\"}`],
  ['gcp', `AIza${filled(35)}`],
  ['gcp', `ya29.${filled(90)}`],
  ['gcp', `GOCSPX-${filled(28)}`],
  [
    'azure',
    `${filled(86)}==`,
    (value) => `DefaultEndpointsProtocol=https;AccountKey=${value};EndpointSuffix=core.windows.net`,
  ],
  ['azure', `${filled(43)}=`, (value) => `SharedAccessKeyName=Root;SharedAccessKey=${value}`],
  [
    'azure',
    `${filled(43)}%3D`,
    (value) => `https://x.blob.core.windows.net/c?sv=2024-11-04&sig=${value}&se=2027`,
  ],
  ['github', `ghp_${filled(36)}`],
  ['github', `ghs_${filled(36)}`, (value) => `https://x-access-token:${value}@github.com/o/r`],
  ['github', `github_pat_${filled(22)}_${filled(59)}`],
  ['slack', `xoxb-${filled(12, digits)}-${filled(13, digits)}-${filled(24)}`],
  ['slack', `xapp-1-A0123456789-${filled(13, digits)}-${filled(64)}`],
  [
    'slack',
    `hooks.slack.com/services/T01234567/B01234567/${filled(24)}`,
    (value) => `curl https://${value} -d x`,
  ],
  ['openai', `sk-${filled(48)}`],
  ['openai', `sk-proj-${filled(60)}_-${filled(90)}`],
  ['openai', `sk-or-v1-${filled(64, '0123456789abcdef')}`],
  ['anthropic', `sk-ant-api03-${filled(93)}-AA`],
  ['private-key', pem('PRIVATE KEY')],
  ['private-key', pem('RSA PRIVATE KEY', '\r\n')],
  ['private-key', pem('OPENSSH PRIVATE KEY', '\\n'), (value) => `{"private_key": "${value}\\n"}`],
  [
    'private-key',
    pem('RSA PRIVATE KEY', '\n', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,0123456789ABCDEF\n\n'),
  ],
  ['private-key', pem('PGP PRIVATE KEY BLOCK', '\n', 'Version: GnuPG v2\nComment: (none)\n\n')],
  ['private-key', `-----BEGIN EC PRIVATE KEY-----\n${lines(2, '\n')}`, (value) => `"${value}" and it is cut`],
]

describe('credentials are found', () => {
  for (const [
    index,
    [entity, value, around = (inner: string) => `It is ${inner}, they said.`],
  ] of positive.entries()) {
    test(`${entity} (${index})`, () => {
      expect(find(around(value))).toEqual([`${entity}=${value}`])
      expect(secrets.labels({})).toContain(`secrets/${entity}`)
    })
  }

  test('every entity has a sample, and only the selected ones are searched for', () => {
    expect([...new Set(positive.map(([entity]) => `secrets/${entity}`))].sort()).toEqual(
      [...secrets.labels({})].sort(),
    )
    const some = secrets.create(secrets.options.parse({ entities: ['github'] }))
    expect(some.find(`AKIAIOSFODNN7EXAMPLE ghp_${filled(36)}`, 'text', 0)).toMatchObject([
      { label: 'secrets/github', start: 21 },
    ])
    expect(secrets.options.safeParse({ entities: ['gitlab'] }).success).toBe(false)
  })

  test('after an escape, in a list, and through tricks with Unicode', () => {
    const key = `ghp_${filled(36)}`
    expect(find(`a\\n${key}\\nb %22${key}%22`)).toEqual([`github=${key}`, `github=${key}`])
    expect(find(`${key},${key}`)).toEqual([`github=${key}`, `github=${key}`])
    const wide = key.replace('ghp', 'ｇｈｐ')
    const hidden = `${key.slice(0, 9)}\u200b${key.slice(9)}`
    expect(find(`${wide} ${hidden}`)).toEqual([`github=${wide}`, `github=${hidden}`])
  })

  test('characters after a key that make it too long do not hide it', () => {
    expect(find(`ghp_${filled(300)} `)).toEqual([`github=ghp_${filled(255)}`])
    const endless = `-----BEGIN PRIVATE KEY-----\n${filled(40_000)}`
    expect(matches(endless)).toEqual([{ label: 'secrets/private-key', start: 0, end: 16_384 }])
  })
})

const negative = [
  'the task-force, risk-free; sk-loading-indicator-of-the-page-that-is-very-long',
  'sk-proj-the-name-of-a-project-that-has-no-digits-in-it',
  'AKIAIOSFODNN7EXAMPL',
  'AKIAIOSFODNN7EXAMPLE9',
  'XAKIAIOSFODNN7EXAMPLE',
  `AIza${filled(36)}`,
  `ghp_${filled(35)}`,
  'ghp_ and github_pat_ are the beginnings of tokens',
  `secretAccessKey is what it is called; ${filled(40)}`,
  `aws_secret_access_key = ${filled(41)}`,
  `signature=${filled(60)}`,
  `sha512-${filled(86)}==`,
  `-----BEGIN PUBLIC KEY-----\n${lines(5, '\n')}\n-----END PUBLIC KEY-----`,
  `-----BEGIN CERTIFICATE-----\n${lines(5, '\n')}\n-----END CERTIFICATE-----`,
  'A file begins with -----BEGIN PRIVATE KEY----- and ends with -----END PRIVATE KEY-----.',
  '-----BEGIN RSA PRIVATE KEY-----\nYOUR KEY HERE\n-----END RSA PRIVATE KEY-----',
  'xoxo-hugs-and-kisses-to-everybody-there',
]

describe('text that only looks like a credential is ignored', () => {
  for (const text of negative) test(text.slice(0, 60), () => expect(find(`${text} `)).toEqual([]))
})

describe('on streams', () => {
  // every sample, and every text that is not one, cut at each of its characters
  const texts = [
    ...positive.map(([, value, around = (inner: string) => `It is ${inner}, they said.`]) => around(value)),
    ...negative,
  ]
  for (const [index, text] of texts.entries()) {
    test(`settled text stays unchanged, at any cut of the text (${index})`, () => {
      const whole = matches(text)
      let before = 0
      for (let length = 0; length <= text.length; length += 1) {
        const beginning = text.slice(0, length)
        const settled = detector.settled(beginning, 0)
        expect(settled).toBeGreaterThanOrEqual(before)
        const of = (found: typeof whole) => found.filter(({ start }) => start < settled)
        expect(of(matches(beginning))).toEqual(of(whole))
        before = settled
      }
    })
  }

  test('prose is released, except for a word that may become a credential', () => {
    for (const text of ['The quick brown fox', 'tasks', 'We ask- and risk', 'see AWS.', 'the key of ('])
      expect(detector.settled(text, 0)).toBe(text.length)
    expect(detector.settled('my key is sk', 0)).toBe(10)
    expect(detector.settled(`my key is sk-${filled(20)}`, 0)).toBe(10)
    expect(detector.settled(`my key is sk-${filled(20)}.`, 0)).toBe(34)
    expect(detector.settled('a table ---', 0)).toBe(8)
    expect(detector.settled(pem('PRIVATE KEY').slice(0, 200), 0)).toBe(0)
  })
})

describe('time is linear in the text, whatever it is made of', () => {
  const hostile: Record<string, string> = {
    beginnings: 'sk-',
    'longer beginnings': 'sk-proj-',
    'keys of AWS': 'AKIA',
    names: 'AccountKey= ',
    'open names': 'sig="',
    headings: '-----BEGIN PRIVATE KEY-----',
    'headings without an end': '-----BEGIN ',
    bodies: `-----BEGIN PRIVATE KEY-----${'a '.repeat(40)}`,
    dashes: '-',
    'tokens of Google': 'ya29.',
    letters: 'a',
  }
  for (const [name, unit] of Object.entries(hostile)) {
    test(name, async () => {
      const read = (size: number) => detector.find(unit.repeat(Math.ceil(size / unit.length)), 'text', 0)
      expect(await growth(read, 65_536, 524_288, 24)).toBeLessThan(24)
    })
  }
})
