// Encrypts literal secrets with AES-256-GCM under a key of this installation, so that snapshot and store
// never have them in plain text. The nonce derives from key and text (similar to RFC 8452), so the same
// secret gives the same ciphertext, and a reload without changes changes nothing.

import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { sha256Hex } from '../kit/id.ts'

export interface SecretBox {
  /** @returns `v1.` and base64url of nonce, tag and ciphertext */
  seal: (text: string) => string
  /** Undefined for any text that was not encrypted under this key. */
  open: (sealed: string) => string | undefined
  /** The key itself, for a thread of this process that encrypts with the same one. */
  forThread(): Uint8Array
}

const nonceBytes = 12
const tagBytes = 16
const prefix = 'v1.'

/** @param key 32 bytes */
export function createSecretBox(key: Uint8Array): SecretBox {
  if (key.length !== 32) throw new RangeError(`a key of AES-256 has 32 bytes, not ${key.length}`)
  const derive = (purpose: string) => createHmac('sha256', key).update(purpose).digest()
  const cipherKey = derive('gatehouse secret encryption')
  const nonceKey = derive('gatehouse secret nonce')
  return {
    forThread: () => key,
    seal(text) {
      const nonce = createHmac('sha256', nonceKey).update(text).digest().subarray(0, nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', cipherKey, nonce)
      const body = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
      return prefix + Buffer.concat([nonce, cipher.getAuthTag(), body]).toString('base64url')
    },
    open(sealed) {
      if (!sealed.startsWith(prefix)) return undefined
      const bytes = Buffer.from(sealed.slice(prefix.length), 'base64url')
      if (bytes.length < nonceBytes + tagBytes) return undefined
      try {
        const decipher = createDecipheriv('aes-256-gcm', cipherKey, bytes.subarray(0, nonceBytes))
        decipher.setAuthTag(bytes.subarray(nonceBytes, nonceBytes + tagBytes))
        return (
          decipher.update(bytes.subarray(nonceBytes + tagBytes), undefined, 'utf8') + decipher.final('utf8')
        )
      } catch {
        return undefined
      }
    },
  }
}

const fileName = 'secret.key'

/**
 * The installation's key: `GATEHOUSE_SECRET_KEY` if given (any text; hashed), else made once in the data
 * folder with mode 0600.
 * @param makeSecret returns 32 random bytes as text
 * @throws Error with the name of the file if it exists but is not usable
 */
export function openSecretBox(
  folder: string,
  configured: string | undefined,
  makeSecret: () => string,
): SecretBox {
  if (configured !== undefined && configured !== '') {
    if (configured.length < 32)
      throw new Error(
        'GATEHOUSE_SECRET_KEY is shorter than 32 characters; make one with: openssl rand -hex 32',
      )
    return createSecretBox(Buffer.from(sha256Hex(configured), 'hex'))
  }
  const path = join(folder, fileName)
  if (!existsSync(path)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    // `wx`: of two processes that start at once, one makes the key and the other reads it
    try {
      writeFileSync(path, `${makeSecret()}\n`, { mode: 0o600, flag: 'wx' })
    } catch (thrown) {
      if (!existsSync(path)) throw thrown
    }
  }
  const text = readFileSync(path, 'utf8').trim()
  if (text.length < 32)
    throw new Error(
      `the file ${path} has no complete key (it may be cut off); restore it from a backup, or remove it and write the sealed secrets again`,
    )
  chmodSync(path, 0o600)
  return createSecretBox(Buffer.from(sha256Hex(text), 'hex'))
}
