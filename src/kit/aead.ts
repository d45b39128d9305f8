// Encrypts with AES-256-GCM under keys that can be rotated: the first secret encrypts, all of them decrypt.
//
// Each text has its own key, derived from the secret and 16 random bytes, so that no nonce can repeat: with
// one key and random nonces of 96 bits, GCM requires a new key after 2^32 texts (NIST SP 800-38D, 8.3). The
// associated data (owner, purpose) is not in the text, but must be the same for decryption. Wrong associated
// data looks like a forgery.
//
// Layout: version (1) · id of the secret (4) · random bytes (16) · tag (16) · ciphertext.

import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto'

export interface Sealer {
  seal(plain: Uint8Array, associated: string): Buffer
  /**
   * Undefined for any text that was not encrypted like this: cut, changed, with another purpose, with other
   * associated data, or under a secret that no longer exists.
   */
  open(sealed: Uint8Array, associated: string): Buffer | undefined
}

const version = 1
const saltAt = 5
const tagAt = 21
const textAt = 37
/** Every key is used once. */
const nonce = Buffer.alloc(12)

/**
 * @param secrets texts with at least 256 bits of entropy, newest first
 * @param purpose sealers with different purposes cannot decrypt each other's texts
 */
export function createSealer(secrets: readonly string[], purpose: string): Sealer {
  const keys = secrets.map((secret) => {
    const root = createHmac('sha256', secret).update(`gatehouse ${purpose}`).digest()
    return { root, id: createHmac('sha256', root).update('which').digest().subarray(0, 4) }
  })
  const [newest] = keys
  if (!newest) throw new RangeError('a sealer needs a secret')
  const keyOf = (root: Buffer, salt: Uint8Array) =>
    createHmac('sha256', root).update('one text').update(salt).digest()

  return {
    seal(plain, associated) {
      const salt = randomBytes(16)
      const cipher = createCipheriv('aes-256-gcm', keyOf(newest.root, salt), nonce)
      cipher.setAAD(Buffer.from(associated))
      const text = Buffer.concat([cipher.update(plain), cipher.final()])
      return Buffer.concat([Buffer.of(version), newest.id, salt, cipher.getAuthTag(), text])
    },
    open(sealed, associated) {
      const bytes = Buffer.from(sealed.buffer, sealed.byteOffset, sealed.length)
      if (bytes.length < textAt || bytes[0] !== version) return undefined
      for (const { root, id } of keys) {
        if (!id.equals(bytes.subarray(1, saltAt))) continue
        const decipher = createDecipheriv('aes-256-gcm', keyOf(root, bytes.subarray(saltAt, tagAt)), nonce)
        decipher.setAAD(Buffer.from(associated))
        decipher.setAuthTag(bytes.subarray(tagAt, textAt))
        try {
          return Buffer.concat([decipher.update(bytes.subarray(textAt)), decipher.final()])
        } catch {
          // Two secrets may have the same four bytes.
        }
      }
      return undefined
    },
  }
}
