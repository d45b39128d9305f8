// The proxy of the environment: `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`, in either case. An
// http URL is sent to the proxy as a whole, and an https URL uses a tunnel (RFC 9110 §9.3.6).

import { GatewayError } from '../../contract/errors.ts'
import { NotHttp } from './not-http.ts'

export interface Proxy {
  /** Identifies the proxy. It contains the password. */
  url: string
  isSecure: boolean
  host: string
  port: number
  /** The value of `proxy-authorization`. */
  authorization: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL, if there is one.
 * @throws GatewayError `upstream-unreachable` for a proxy that cannot be used
 */
export function proxyFor(url: URL, environment: Environment): Proxy | undefined {
  const isSecure = url.protocol === 'https:'
  const [name, text] = isSecure
    ? first(environment, ['https_proxy', 'all_proxy'])
    : first(environment, ['http_proxy', 'all_proxy'])
  if (text === undefined || isExcepted(url, first(environment, ['no_proxy'])[1] ?? '')) return undefined
  const proxy = URL.parse(text.includes('://') ? text : `http://${text}`)
  if (!proxy || (proxy.protocol !== 'http:' && proxy.protocol !== 'https:')) {
    throw unusable(name, 'it is not an http or https URL')
  }
  const usesTls = proxy.protocol === 'https:'
  if (usesTls && isSecure)
    throw unusable(
      name,
      'a proxy for https URLs is reached by http:// (the traffic is encrypted within the tunnel)',
    )
  const { username, password } = proxy
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return {
    url: proxy.href,
    isSecure: usesTls,
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: Number(proxy.port || (usesTls ? 443 : 80)),
    authorization: username || password ? `Basic ${Buffer.from(login).toString('base64')}` : undefined,
  }
}

function first(environment: Environment, names: readonly string[]): [string, string | undefined] {
  for (const name of names) {
    for (const spelled of [name, name.toUpperCase()])
      if (environment[spelled]?.trim()) return [spelled, environment[spelled].trim()]
  }
  return ['', undefined]
}

/** `*`, a name with all names below it, with or without a port. */
function isExcepted(url: URL, list: string): boolean {
  const host = url.hostname.replace(/^\[|\]$/g, '').toLowerCase()
  const port = url.port || (url.protocol === 'https:' ? '443' : '80')
  return list.split(/[\s,]+/).some((entry) => {
    const [, name, ofPort] = /^\[?(.*?)\]?(?::(\d+))?$/.exec(isBareIPv6(entry) ? `[${entry}]` : entry) ?? []
    if (!name || (ofPort !== undefined && ofPort !== port)) return false
    const wanted = name.toLowerCase().replace(/^\*?\./, '')
    return name === '*' || host === wanted || host.endsWith(`.${wanted}`)
  })
}

const isBareIPv6 = (text: string) => !text.startsWith('[') && (text.match(/:/g) ?? []).length > 1

const unusable = (variable: string, why: string) =>
  new GatewayError('upstream-unreachable', `The proxy of ${variable} cannot be used: ${why}.`)

export function tunnelRequest(proxy: Proxy, address: string, port: number): string {
  const authority = `${address.includes(':') ? `[${address}]` : address}:${port}`
  const authorization =
    proxy.authorization === undefined ? '' : `proxy-authorization: ${proxy.authorization}\r\n`
  return `CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n${authorization}\r\n`
}

const mostTunnelBytes = 16_384

/** The proxy refused the tunnel. */
export class NoTunnel extends Error {
  readonly code: string

  constructor(status: string) {
    super(`the proxy answered ${status}`)
    this.code = `PROXY_${status}`
  }
}

/**
 * @returns whether the tunnel is open; false while the response is incomplete
 * @throws NoTunnel, NotHttp
 */
export function readTunnel(bytes: Buffer): boolean {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) {
    if (bytes.length > mostTunnelBytes) throw new NotHttp('head-size')
    return false
  }
  const status = /^HTTP\/1\.[01] (\d{3})/.exec(bytes.toString('latin1', 0, 16))?.[1]
  if (status === undefined) throw new NotHttp('status-line')
  if (!status.startsWith('2')) throw new NoTunnel(status)
  // the server at the other end of the tunnel waits for our first byte
  if (bytes.length > end + 4) throw new NotHttp('unasked-bytes')
  return true
}
