// Helpers for configuration tests: write files to their own folder, compile them with the real kinds, and
// clean up.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { loadConfiguration, createSecretBox } from '../../src/control/index.ts'
import type { Loaded } from '../../src/control/index.ts'
import { kinds } from '../../src/main/kinds.ts'

const folders: string[] = []

/**
 * Call this in `afterAll` of each file that creates folders. A hook in this file would belong to the first
 * test file that loads it.
 */
export function removeFolders(): void {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-config-'))
  folders.push(folder)
  return folder
}

export function write(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
}

export const keyOf = (name: string): string => `${name}-${'0123456789abcdef'.repeat(2)}`
export const environment = {
  OPENAI_API_KEY: 'sk-planted-openai',
  CI_KEY: keyOf('ci'),
  OPENAI_EU_KEY: 'sk-planted-eu',
  INDEXER_KEY: keyOf('indexer'),
  NIGHTLY_KEY: keyOf('nightly'),
  SUPPORT_KEY: keyOf('support'),
  APP_KEY: keyOf('app'),
}
export const box = createSecretBox(new Uint8Array(32).fill(7))
export const now = Date.UTC(2026, 10, 23, 12)

export function load(
  path: string | undefined,
  env: Readonly<Record<string, string | undefined>> = environment,
  build = kinds,
): Loaded {
  return loadConfiguration({ path, folder: tmpdir(), environment: env, kinds: build, seal: box.seal, now })
}

/** Compiles one file, `gatehouse.yaml`, next to the others. */
export function compileText(
  text: string,
  env: Readonly<Record<string, string | undefined>> = environment,
  files: Readonly<Record<string, string>> = {},
  build = kinds,
): Loaded {
  const folder = temporaryFolder()
  write(folder, { 'gatehouse.yaml': text, ...files })
  const loaded = load(join(folder, 'gatehouse.yaml'), env, build)
  rmSync(folder, { recursive: true })
  return loaded
}
