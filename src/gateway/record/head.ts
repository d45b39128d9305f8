// `journal/head` names the last segment that the writer began. It is synced before the segment's first entry,
// so that the loss of a whole segment is noticed. It is one line in the journal's format.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Files } from './files.ts'
import { crcOf } from './journal-format.ts'
import { isGone } from './segments.ts'

export const writeHead = (files: Files, folder: string, number: number): Promise<void> =>
  files.replace(join(folder, 'head'), encode(number))

/** Undefined if it does not exist or cannot be read. */
export function readHead(folder: string): number | undefined {
  try {
    const text = readFileSync(join(folder, 'head'), 'utf8')
    const number = Number(/"number":(\d{1,15})/.exec(text)?.[1])
    return text === encode(number).toString() ? number : undefined
  } catch (error) {
    if (isGone(error)) return undefined
    throw error
  }
}

function encode(number: number): Buffer {
  const json = JSON.stringify({ kind: 'head', number })
  return Buffer.from(`${crcOf(json).toString(16).padStart(8, '0')} ${json}\n`)
}
