// The caller's address: the socket's, or the one that a trusted proxy reports.

import { BlockList, isIP } from 'node:net'
import type { Peer } from '../contract/endpoint.ts'

export type ReadPeer = (socketAddress: string, headers: Headers) => Peer

/**
 * With trusted proxies, `x-forwarded-for` is read from the right: the first address that is not a trusted
 * proxy is the caller. From other senders the header is ignored, because any client can set it.
 * @param trusted addresses or CIDR ranges
 */
export function createPeerReader(trusted: readonly string[]): ReadPeer {
  if (trusted.length === 0) {
    // With an undeclared proxy on this machine, every caller would look like loopback.
    return (socketAddress, headers) => peer(socketAddress, isLoopback(socketAddress) && !isForwarded(headers))
  }
  const proxies = blockList(trusted)
  return (socketAddress, headers) => {
    if (!isIn(proxies, socketAddress))
      return peer(socketAddress, isLoopback(socketAddress) && !isForwarded(headers))
    const forwarded = headers.get('x-forwarded-for')?.split(',') ?? []
    for (const entry of forwarded.reverse()) {
      const address = bare(entry.trim())
      if (isIP(address) === 0) break
      if (!isIn(proxies, address)) return peer(address, isLoopback(address))
    }
    return peer(socketAddress, isLoopback(socketAddress) && !isForwarded(headers))
  }
}

const peer = (address: string, loopback: boolean): Peer => ({ address: bare(address), isLoopback: loopback })

const proxyHeaders = [
  'x-forwarded-for',
  'forwarded',
  'x-real-ip',
  'x-forwarded-host',
  'x-forwarded-proto',
  'via',
  'cf-connecting-ip',
  'true-client-ip',
]
const isForwarded = (headers: Headers) => proxyHeaders.some((name) => headers.has(name))

/** `[::1]:80`, `::ffff:127.0.0.1`, `1.2.3.4:80` → the address alone. */
function bare(address: string): string {
  if (address.startsWith('[')) return address.slice(1, address.indexOf(']'))
  if (address.startsWith('::ffff:') && isIP(address.slice(7)) === 4) return address.slice(7)
  const colon = address.indexOf(':')
  return colon >= 0 && colon === address.lastIndexOf(':') ? address.slice(0, colon) : address
}

function isLoopback(address: string): boolean {
  const plain = bare(address)
  return plain === '::1' || (plain.startsWith('127.') && isIP(plain) === 4)
}

function blockList(ranges: readonly string[]): BlockList {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits] = range.split('/')
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4'
    if (bits === undefined) list.addAddress(address, family)
    else list.addSubnet(address, Number(bits), family)
  }
  return list
}

function isIn(list: BlockList, address: string): boolean {
  const plain = bare(address)
  const version = isIP(plain)
  return version !== 0 && list.check(plain, version === 6 ? 'ipv6' : 'ipv4')
}
