import { expect, test } from 'bun:test'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openSecretBox, createSecretBox } from './secrets.ts'

const inFolder = (run: (folder: string) => void) => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-secrets-'))
  try {
    run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}
let made = 0
const makeSecret = () => `chance-${(made += 1)}-${'x'.repeat(40)}`

test('a sealed text opens with the same key only, and hides the text', () => {
  const box = createSecretBox(new Uint8Array(32).fill(1))
  for (const text of ['', 'sk-planted', 'é😀', 'x'.repeat(10_000)]) {
    const sealed = box.seal(text)
    expect(box.open(sealed)).toBe(text)
    expect(createSecretBox(new Uint8Array(32).fill(2)).open(sealed)).toBeUndefined()
    if (text.length > 4)
      expect(Buffer.from(sealed.slice(3), 'base64url').toString('latin1')).not.toContain(text)
  }
})

test('the same text has the same ciphertext, and another text has another nonce', () => {
  const box = createSecretBox(new Uint8Array(32).fill(1))
  expect(box.seal('a')).toBe(box.seal('a'))
  expect(box.seal('a').slice(0, 12)).not.toBe(box.seal('b').slice(0, 12))
})

test('a changed, cut or foreign ciphertext opens to nothing', () => {
  const box = createSecretBox(new Uint8Array(32).fill(1))
  const sealed = box.seal('planted')
  for (let at = 3; at < sealed.length; at += 1) {
    const changed = sealed.slice(0, at) + (sealed[at] === 'A' ? 'Q' : 'A') + sealed.slice(at + 1)
    // the last digit of base64url may have bits that mean nothing
    if (at < sealed.length - 1) expect(box.open(changed)).toBeUndefined()
    expect(box.open(sealed.slice(0, at))).toBeUndefined()
  }
  expect(box.open('planted')).toBeUndefined()
})

test('the key is created once, for its owner only, and reused', () =>
  inFolder((folder) => {
    const sealed = openSecretBox(join(folder, 'data'), undefined, makeSecret).seal('planted')
    expect(statSync(join(folder, 'data/secret.key')).mode & 0o777).toBe(0o600)
    const before = readFileSync(join(folder, 'data/secret.key'), 'utf8')
    expect(openSecretBox(join(folder, 'data'), undefined, makeSecret).open(sealed)).toBe('planted')
    expect(readFileSync(join(folder, 'data/secret.key'), 'utf8')).toBe(before)
  }))

test('a configured key needs no file; a short key and an invalid file are refused', () =>
  inFolder((folder) => {
    const box = openSecretBox(folder, 'k'.repeat(32), makeSecret)
    expect(openSecretBox(folder, 'k'.repeat(32), makeSecret).open(box.seal('planted'))).toBe('planted')
    expect(() => openSecretBox(folder, 'short', makeSecret)).toThrow(/openssl/)
    writeFileSync(join(folder, 'secret.key'), 'cut')
    expect(() => openSecretBox(folder, undefined, makeSecret)).toThrow(/cut off/)
  }))
