// From options and environment to a client: where the gateway is, and the admin key, which is never an
// argument (`ps` would show it).

import { readFileSync, statSync } from 'node:fs'
import { Failure } from '../failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type AdminClient, adminClient } from './admin-client.ts'

export interface ConnectOptions {
  url?: string
  adminKeyFile?: string
}

export const defaultUrl = 'http://127.0.0.1:8080'

export function connect(terminal: Terminal, options: ConnectOptions): AdminClient {
  const url = gatewayUrl(terminal, options)
  const adminKey = readAdminKey(terminal, options)
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    terminal.warn(`gatehouse: the admin key travels to ${url.host} without encryption; use https`)
  }
  return adminClient({ url, adminKey, clock: terminal.clock })
}

export function gatewayUrl(terminal: Terminal, options: ConnectOptions): URL {
  const text = options.url ?? (terminal.env.GATEHOUSE_URL || urlFromListen(terminal) || defaultUrl)
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure('usage', `"${text}" is not the address of a gateway; write it like ${defaultUrl}`)
  }
  if (url.username || url.password)
    throw new Failure(
      'usage',
      'an address takes no user and password; the admin key comes from $GATEHOUSE_ADMIN_KEY',
    )
  return url
}

/** In a container, $GATEHOUSE_LISTEN is set for the gateway and for commands that run beside it. */
function urlFromListen({ env }: Terminal): string | undefined {
  const [, host, port] = /^(\S+):(\d+)$/.exec(env.GATEHOUSE_LISTEN ?? '') ?? []
  if (host === undefined) return undefined
  return `http://${host === '0.0.0.0' || host === '[::]' ? '127.0.0.1' : host}:${port}`
}

function readAdminKey(terminal: Terminal, options: ConnectOptions): string {
  const key =
    options.adminKeyFile === undefined
      ? terminal.env.GATEHOUSE_ADMIN_KEY?.trim()
      : keyInFile(terminal, options.adminKeyFile)
  if (!key)
    throw new Failure(
      'notAuthorized',
      'no admin key; set $GATEHOUSE_ADMIN_KEY, or name a file that holds it with --admin-key-file',
    )
  // Other characters cannot travel in a header, and fetch would quote the key in its complaint.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Failure(
      'notAuthorized',
      'the admin key holds spaces or characters that no key has; was it copied whole?',
    )
  return key
}

function keyInFile(terminal: Terminal, path: string): string {
  try {
    const text = readFileSync(path, 'utf8').trim()
    if ((statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32') {
      terminal.warn(`gatehouse: ${path} can be read by others; chmod 600 it`)
    }
    return text
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Failure('usage', `cannot read the admin key from ${path}: ${code}`)
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
