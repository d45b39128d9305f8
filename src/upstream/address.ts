// The addresses that Gatehouse may dial. The author of a URL in a configuration must not reach services that only
// this machine can reach: cloud metadata (never allowed), loopback and private networks (allowed with
// `allowsPrivateAddress`). The ranges are those of IANA's special-purpose registries (RFC 6890 and updates) and
// the metadata addresses that clouds document.

import { BlockList, isIP } from 'node:net'

/** `metadata` is always refused. `private` is refused unless it is allowed. */
type Range = readonly [cidr: string, category: 'metadata' | 'private', description: string]

const ranges: readonly Range[] = [
  // AWS, Azure, Google, Oracle and others serve credentials here. The whole link-local block is refused with it.
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
 * IPv6 prefixes that contain an IPv4 address, and the byte at which it begins. The packet goes to the IPv4
 * address, so that address is checked, too.
 */
const carriers: readonly (readonly [cidr: string, at: number])[] = [
  ['::ffff:0:0/96', 12],
  ['::ffff:0:0:0/96', 12],
  ['64:ff9b::/96', 12],
  ['2002::/16', 2],
  ['::/96', 12],
]

/** Names of metadata services of clouds. They are refused no matter which address they resolve to. */
const metadataNames: ReadonlySet<string> = new Set([
  'metadata.google.internal',
  'metadata.goog',
  'metadata',
  'instance-data.ec2.internal',
])

/**
 * Checks whether an address may be dialed.
 * @param address an IPv4 or IPv6 address in any notation that `net.isIP` accepts
 * @returns the reason against it, as text that follows "is"; undefined if it may be dialed
 */
export function refusedAddress(address: string, allowsPrivateAddress: boolean): string | undefined {
  const plain = address.split('%', 1)[0] ?? ''
  const version = isIP(plain)
  if (version === 0) return 'not an IP address'
  if (version === 4) return refusedRange(plain, 'ipv4', allowsPrivateAddress)
  const carried = carriedIPv4(plain)
  return (
    refusedRange(plain, 'ipv6', allowsPrivateAddress) ??
    (carried === undefined ? undefined : refusedRange(carried, 'ipv4', allowsPrivateAddress))
  )
}

/**
 * Checks whether a URL may be dialed, before any name is resolved.
 * @param text the URL as configured. The notation of its host matters, because `http://2130706433/` means
 * 127.0.0.1.
 * @returns the reason against it
 */
export function refusedUrl(text: string, allowsPrivateAddress: boolean): string | undefined {
  const url = URL.parse(text)
  if (!url) return notUrl
  const malformed = refusedForm(url)
  if (malformed) return malformed
  const host = hostOf(url)
  if (metadataNames.has(host)) return `"${host}" is a name of cloud metadata`
  if (isIP(host) === 0) return undefined
  const refused = refusedAddress(host, allowsPrivateAddress)
  if (refused) return `its address is ${refused}`
  const isDisguised = isIP(host) === 4 && !text.includes(host)
  return isDisguised && !allowsPrivateAddress ? `its host is an unusual spelling of ${host}` : undefined
}

/**
 * Checks whether a URL may be asked for the identity of this machine. This is the only exception to the rule on
 * link-local addresses, for the credential that needs it. Clouds serve identities on link-local addresses or on
 * loopback, and a caller with this identity has the rights of the gateway's operator.
 * @returns the reason against it
 */
export function refusedIdentityUrl(text: string, allowsPrivateAddress: boolean): string | undefined {
  if (!allowsPrivateAddress)
    return 'only providers in the configuration file may use the identity of this machine'
  const url = URL.parse(text)
  if (!url) return notUrl
  const host = hostOf(url)
  const isOfThisMachine =
    host === 'localhost' || host === '::1' || (isIP(host) === 4 && identityRanges.check(host, 'ipv4'))
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

const createList = (...cidrs: readonly string[]): BlockList => {
  const list = new BlockList()
  for (const cidr of cidrs) {
    const [address = '', bits] = cidr.split('/')
    list.addSubnet(address, Number(bits), isIP(address) === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
const cidrsOf = (category: Range[1]) => ranges.flatMap(([cidr, own]) => (own === category ? [cidr] : []))

const metadataRanges = createList(...cidrsOf('metadata'))
const privateRanges = createList(...cidrsOf('private'))
const identityRanges = createList('169.254.0.0/16', '127.0.0.0/8')
const describedRanges = ranges.map(([cidr, , description]) => ({ list: createList(cidr), description }))
const carrierRanges = carriers.map(([cidr, at]) => ({ list: createList(cidr), at }))
const anyCarrier = createList(...carriers.map(([cidr]) => cidr))

/** Two lists cover all ranges. Only a refused address is searched for its description. */
function refusedRange(
  address: string,
  family: 'ipv4' | 'ipv6',
  allowsPrivateAddress: boolean,
): string | undefined {
  const isRefused =
    metadataRanges.check(address, family) || (!allowsPrivateAddress && privateRanges.check(address, family))
  return isRefused ? describedRanges.find(({ list }) => list.check(address, family))?.description : undefined
}

function carriedIPv4(address: string): string | undefined {
  if (!anyCarrier.check(address, 'ipv6')) return undefined
  const at = carrierRanges.find(({ list }) => list.check(address, 'ipv6'))?.at
  return at === undefined
    ? undefined
    : bytesOfIPv6(address)
        .slice(at, at + 4)
        .join('.')
}

/** 16 bytes. */
function bytesOfIPv6(address: string): number[] {
  // The URL parser writes the groups in hexadecimal, also those of an IPv4 address at the end.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::')
  const before = left === '' ? [] : left.split(':')
  const after = right === undefined || right === '' ? [] : right.split(':')
  const groups = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after]
  return groups.flatMap((group) => [Number.parseInt(group, 16) >> 8, Number.parseInt(group, 16) & 0xff])
}
