// Creates a client from options and environment: the address of the gateway, and the admin key. The key is
// never an argument, because `ps` would show it.

import { readFileSync, statSync } from 'node:fs'
import { Failure } from '../failure.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { type AdminClient, createAdminClient } from './admin-client.ts'

export interface ConnectOptions {
  url?: string
  adminKeyFile?: string
}

export const defaultUrl = 'http://127.0.0.1:8080'

export function connect(terminal: Terminal, options: ConnectOptions): AdminClient {
  const url = gatewayUrl(terminal, options)
  const adminKey = readAdminKey(terminal, options)
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) {
    terminal.warn(`gatehouse: the admin key is sent to ${url.host} without encryption; use https`)
  }
  return createAdminClient({ url, adminKey, clock: terminal.clock })
}

export function gatewayUrl(terminal: Terminal, options: ConnectOptions): URL {
  const text = options.url ?? (terminal.env.GATEHOUSE_URL || urlFromListen(terminal) || defaultUrl)
  const url = URL.parse(text)
  if (!url || !['http:', 'https:'].includes(url.protocol)) {
    throw new Failure(
      'usage',
      `"${text}" is not the address of a gateway; use an address such as ${defaultUrl}`,
    )
  }
  if (url.username || url.password)
    throw new Failure(
      'usage',
      'the address must not contain a user or password; set the admin key in $GATEHOUSE_ADMIN_KEY',
    )
  return url
}

/** In a container, $GATEHOUSE_LISTEN is set for the gateway and for commands in the same container. */
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
      'no admin key; set $GATEHOUSE_ADMIN_KEY, or name a file with it in --admin-key-file',
    )
  // Other characters are not valid in a header, and fetch's error message would contain the key.
  if (!/^[\x21-\x7e]+$/.test(key))
    throw new Failure(
      'notAuthorized',
      'the admin key contains spaces or characters that no key has; check that it was copied completely',
    )
  return key
}

function keyInFile(terminal: Terminal, path: string): string {
  try {
    const text = readFileSync(path, 'utf8').trim()
    if ((statSync(path).mode & 0o077) !== 0 && process.platform !== 'win32') {
      terminal.warn(`gatehouse: other users can read ${path}; run chmod 600 on it`)
    }
    return text
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable'
    throw new Failure('usage', `cannot read the admin key from ${path}: ${code}`)
  }
}

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host)
