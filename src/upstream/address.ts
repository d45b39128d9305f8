// Which addresses may be dialled. Whoever can write a URL into a configuration must not thereby reach what
// only this machine can reach: cloud metadata (never), loopback and inside networks (only when the URL's
// author may, `allowsPrivateAddress`). Ranges: IANA's special-purpose registries (RFC 6890 and updates) and
// the metadata addresses that clouds document.

import { isIP } from 'node:net'

/** `metadata` is refused always, `private` unless allowed. */
type Range = readonly [cidr: string, what: 'metadata' | 'private', words: string]

const ranges: readonly Range[] = [
  // AWS, Azure, Google, Oracle and others answer with credentials here; the whole link-local block goes with
  // it.
  ['169.254.0.0/16', 'metadata', 'a link-local or cloud metadata address'],
  ['100.100.100.200/32', 'metadata', 'the metadata address of Alibaba Cloud'],
  ['168.63.129.16/32', 'metadata', 'the host agent address of Azure'],
  ['192.0.0.192/32', 'metadata', 'the metadata address of Oracle Cloud'],
  ['fd00:ec2::/32', 'metadata', 'a metadata address of AWS'],
  ['fd20:ce::254/128', 'metadata', 'the metadata address of Google Cloud'],
  ['fe80::a9fe:a9fe/128', 'metadata', 'the metadata address of OpenStack'],
  ['0.0.0.0/8', 'private', 'an unspecified address'],
  ['10.0.0.0/8', 'private', 'a private address'],
  ['100.64.0.0/10', 'private', 'a carrier-grade NAT address'],
  ['127.0.0.0/8', 'private', 'a loopback address'],
  ['172.16.0.0/12', 'private', 'a private address'],
  ['192.0.0.0/24', 'private', 'a protocol assignment'],
  ['192.0.2.0/24', 'private', 'a documentation address'],
  ['192.88.99.0/24', 'private', 'a 6to4 relay address'],
  ['192.168.0.0/16', 'private', 'a private address'],
  ['198.18.0.0/15', 'private', 'a benchmarking address'],
  ['198.51.100.0/24', 'private', 'a documentation address'],
  ['203.0.113.0/24', 'private', 'a documentation address'],
  ['224.0.0.0/4', 'private', 'a multicast address'],
  ['240.0.0.0/4', 'private', 'a reserved or broadcast address'],
  ['::/128', 'private', 'the unspecified address'],
  ['::1/128', 'private', 'the loopback address'],
  ['64:ff9b:1::/48', 'private', 'a local NAT64 address'],
  ['100::/64', 'private', 'a discard address'],
  ['2001::/23', 'private', 'a protocol assignment (Teredo and others)'],
  ['2001:db8::/32', 'private', 'a documentation address'],
  ['3fff::/20', 'private', 'a documentation address'],
  ['5f00::/16', 'private', 'a segment routing address'],
  ['fc00::/7', 'private', 'a unique local address'],
  ['fe80::/10', 'private', 'a link-local address'],
  ['fec0::/10', 'private', 'a site-local address'],
  ['ff00::/8', 'private', 'a multicast address'],
]

/**
 * IPv6 prefixes that carry an IPv4 address, and the byte at which it begins: what counts is where the packet
 * ends up.
 */
const carriers: readonly (readonly [cidr: string, at: number])[] = [
  ['::ffff:0:0/96', 12],
  ['::ffff:0:0:0/96', 12],
  ['64:ff9b::/96', 12],
  ['2002::/16', 2],
  ['::/96', 12],
]

/** Names under which clouds serve metadata, whatever they resolve to. */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
  'instance-data.ec2.internal',
])

/**
 * Why an address may not be dialled, in words that follow "is"; undefined when it may.
 * @param address an IPv4 or IPv6 address in any notation that `net.isIP` knows
 */
export function refusedAddress(address: string, allowsPrivateAddress: boolean): string | undefined {
  const bytes = bytesOf(address)
  if (!bytes) return 'not an IP address'
  const carried = bytes.length === 16 ? carriedIPv4(bytes) : undefined
  return refusedBytes(bytes, allowsPrivateAddress) ?? (carried && refusedBytes(carried, allowsPrivateAddress))
}

/**
 * Why a URL may not be dialled as it stands, before any name is resolved.
 * @param text the URL as configured: its own notation of the host counts, because `http://2130706433/` is a
 * way to write 127.0.0.1
 */
export function refusedUrl(text: string, allowsPrivateAddress: boolean): string | undefined {
  const url = URL.parse(text)
  if (!url) return notUrl
  const misformed = refusedForm(url)
  if (misformed) return misformed
  const host = hostOf(url)
  if (metadataNames.has(host)) return `"${host}" is a name of cloud metadata`
  if (isIP(host) === 0) return undefined
  const refused = refusedAddress(host, allowsPrivateAddress)
  if (refused) return `its address is ${refused}`
  const isDisguised = isIP(host) === 4 && !text.includes(host)
  return isDisguised && !allowsPrivateAddress ? `its host is an unusual way to write ${host}` : undefined
}

/**
 * Why a URL may not be asked for the identity of this machine. The one exception from the rule on link-local
 * addresses, for the credential that needs it: clouds give identities out there or on loopback, and whoever
 * gets one acts as who runs the gateway.
 */
export function refusedIdentityUrl(text: string, allowsPrivateAddress: boolean): string | undefined {
  if (!allowsPrivateAddress)
    return 'the identity of this machine is for providers that its operator configures'
  const url = URL.parse(text)
  if (!url) return notUrl
  const host = hostOf(url)
  const bytes = bytesOf(host)
  const isOfThisMachine =
    host === 'localhost' || (bytes && parsedIdentityRanges.some((range) => isWithin(bytes, range)))
  return (
    refusedForm(url) ?? (isOfThisMachine ? undefined : 'it is neither a link-local nor a loopback address')
  )
}

const notUrl = 'it is not a URL'

function refusedForm(url: URL): string | undefined {
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    return `its scheme is "${url.protocol.slice(0, -1)}"; use https or http`
  if (url.username || url.password) return 'it holds a user name or password; use a credential instead'
  return url.hash ? 'it has a fragment' : undefined
}

/** The host without the brackets of IPv6 and without the root's dot. */
export const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '')

function refusedBytes(bytes: Uint8Array, allowsPrivateAddress: boolean): string | undefined {
  for (const range of parsedRanges) {
    if ((range.what === 'metadata' || !allowsPrivateAddress) && isWithin(bytes, range.within))
      return range.words
  }
  return undefined
}

function carriedIPv4(bytes: Uint8Array): Uint8Array | undefined {
  const carrier = parsedCarriers.find((one) => isWithin(bytes, one.within))
  return carrier && bytes.subarray(carrier.at, carrier.at + 4)
}

interface Prefix {
  bytes: Uint8Array
  bits: number
}

const parsedRanges = ranges.map(([cidr, what, words]) => ({ within: prefix(cidr), what, words }))
const parsedIdentityRanges = ['169.254.0.0/16', '127.0.0.0/8', '::1/128'].map(prefix)
const parsedCarriers = carriers.map(([cidr, at]) => ({ within: prefix(cidr), at }))

function prefix(cidr: string): Prefix {
  const [address = '', bits] = cidr.split('/')
  return { bytes: bytesOf(address) ?? new Uint8Array(), bits: Number(bits) }
}

function isWithin(bytes: Uint8Array, range: Prefix): boolean {
  if (bytes.length !== range.bytes.length) return false
  for (let bit = 0; bit < range.bits; bit += 8) {
    const mask = range.bits - bit >= 8 ? 0xff : (0xff << (8 - (range.bits - bit))) & 0xff
    if (((bytes[bit >> 3] ?? 0) & mask) !== ((range.bytes[bit >> 3] ?? 0) & mask)) return false
  }
  return true
}

/** 4 or 16 bytes. */
function bytesOf(address: string): Uint8Array | undefined {
  const plain = address.split('%', 1)[0] ?? ''
  const family = isIP(plain)
  if (family === 4) return Uint8Array.from(plain.split('.'), Number)
  if (family !== 6) return undefined
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(plain)
  const hex = dotted ? `${dotted[1]}${pair(dotted[2], dotted[3])}:${pair(dotted[4], dotted[5])}` : plain
  const [left = '', right] = hex.split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after]
  return Uint8Array.from(
    groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff]),
  )
}

const pair = (high: string | undefined, low: string | undefined) =>
  (Number(high) * 256 + Number(low)).toString(16)
