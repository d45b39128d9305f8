import { describe, expect, test } from 'bun:test'
import { refusedAddress, refusedIdentityUrl, refusedUrl } from './address.ts'

const metadata = [
  '169.254.169.254',
  '169.254.170.2',
  '100.100.100.200',
  '168.63.129.16',
  '192.0.0.192',
  'fd00:ec2::254',
  'fd00:ec2::23',
  'fd20:ce::254',
  'fe80::a9fe:a9fe',
  '::ffff:169.254.169.254',
  '::ffff:a9fe:a9fe',
  '64:ff9b::a9fe:a9fe',
  '2002:a9fe:a9fe::1',
  '::169.254.169.254',
]

const inside =
  `0.0.0.0 10.1.2.3 100.64.0.1 100.127.255.255 127.0.0.1 127.255.255.254 172.16.0.1 172.31.255.255 192.168.1.1 192.0.0.8 192.0.2.1 198.18.0.1 198.19.255.255 198.51.100.7 203.0.113.9 224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 :: ::1 fc00::1 fd12:3456::1 fe80::1 fe80::1%eth0 febf::1 fec0::1 ff02::1 2001:db8::1 2001:0:4136:e378:8000:63bf:3fff:fdd2 64:ff9b:1::1 100::1 3fff::1 5f00::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 ::7f00:1 64:ff9b::7f00:1 64:ff9b::192.168.0.1 2002:7f00:1:: 2002:0a00:0001::1 ::ffff:0:127.0.0.1`.split(
    ' ',
  )

const outside = [
  '1.1.1.1',
  '8.8.8.8',
  '172.15.255.255',
  '172.32.0.1',
  '100.63.255.255',
  '100.128.0.1',
  '192.167.1.1',
  '169.253.1.1',
  '198.20.0.1',
]
const outsideSix = [
  '2606:4700:4700::1111',
  '2a00:1450:4001:81b::200e',
  '::ffff:8.8.8.8',
  '64:ff9b::808:808',
  '2002:808:808::1',
  '2001:4860:4860::8888',
]

describe('the address check', () => {
  test.each(metadata)('refuses metadata at %s whoever asks', (address) => {
    expect(refusedAddress(address, false)).toBeString()
    expect(refusedAddress(address, true)).toBeString()
  })

  test.each(inside)('lets only those who may inside to %s', (address) => {
    expect(refusedAddress(address, false)).toBeString()
    expect(refusedAddress(address, true)).toBeUndefined()
  })

  test.each([...outside, ...outsideSix])('lets everybody to %s', (address) => {
    expect(refusedAddress(address, false)).toBeUndefined()
  })

  test('refuses a text that is not an address', () => {
    for (const text of ['', 'localhost', '1.2.3', '1.2.3.4.5', '::g', '127.1'])
      expect(refusedAddress(text, true)).toBe('not an IP address')
  })
})

describe('the check of a URL', () => {
  const disguises = [
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://[::ffff:7f00:1]/',
    'http://127。0。0。1/',
  ]

  test.each(disguises)('sees through %s', (url) => {
    expect(refusedUrl(url, false)).toBeString()
    expect(refusedUrl(url, true)).toBeUndefined()
  })

  test('refuses a public address in an unusual notation', () => {
    expect(refusedUrl('http://134744072/', false)).toContain('8.8.8.8')
    expect(refusedUrl('http://8.8.8.8/', false)).toBeUndefined()
  })

  test('refuses disguised metadata even if private addresses are allowed', () => {
    for (const url of [
      'http://2852039166/latest',
      'http://0xa9fea9fe/',
      'http://[::ffff:a9fe:a9fe]/',
      'http://[fd00:ec2::254]/',
    ]) {
      expect(refusedUrl(url, true)).toContain('metadata')
    }
  })

  test('refuses the names of metadata services', () => {
    for (const host of ['metadata.google.internal', 'METADATA.google.internal.', 'metadata.goog'])
      expect(refusedUrl(`http://${host}/x`, true)).toContain('metadata')
  })

  const malformed: [string, string][] = [
    ['ftp://host/', 'scheme is "ftp"'],
    ['file:///etc/passwd', 'scheme is "file"'],
    ['gopher://host/', 'scheme is "gopher"'],
    ['https://user:secret@host/', 'user name or password'],
    ['https://token@host/', 'user name or password'],
    ['https://host/v1#fragment', 'fragment'],
    ['host/v1', 'not a URL'],
    ['', 'not a URL'],
  ]
  test.each(malformed)('refuses %p and says why', (url, words) => {
    expect(refusedUrl(url, true)).toContain(words)
    expect(refusedUrl(url, true)).not.toContain('secret')
  })

  test('leaves names to the resolver', () => {
    expect(refusedUrl('https://api.openai.com/v1', false)).toBeUndefined()
    expect(refusedUrl('http://localhost:8000/v1', true)).toBeUndefined()
  })
})

describe('the endpoint of this machine’s identity', () => {
  const imds = 'http://169.254.169.254/metadata/identity/oauth2/token'

  test.each([
    imds,
    'http://169.254.129.2:8081/msi/token',
    'http://localhost:42356/msi/token',
    'http://127.0.0.1:41741/msi/token/',
    'http://[::1]:1/',
  ])('%s may be asked, for providers of the operator only', (url) => {
    expect(refusedIdentityUrl(url, true)).toBeUndefined()
    expect(refusedIdentityUrl(url, false)).toBeString()
  })

  test.each([
    'https://login.example/token',
    'http://10.0.0.1/token',
    'http://168.63.129.16/',
    'http://metadata/token',
    'file:///etc/passwd',
    'http://user:word@127.0.0.1/',
    'http://127.0.0.1/#a',
    'nowhere',
  ])('%s is no such endpoint', (url) => expect(refusedIdentityUrl(url, true)).toBeString())

  test('is refused to all other credentials', () => expect(refusedUrl(imds, true)).toBeString())
})
