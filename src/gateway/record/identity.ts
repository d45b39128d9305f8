// What the data folder says about itself: which holder of money it is. Written anew at each registration, so that a copy is noticed.

import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs'
import { z } from 'zod'
import { isGone } from './segments.ts'

const schema = z.object({ holder: z.string(), nonce: z.string(), timeline: z.string() })

export type Identity = z.infer<typeof schema>

/** undefined: a new folder. @throws Error with the cure when the file cannot be read */
export function readIdentity(path: string): Identity | undefined {
  try {
    return schema.parse(JSON.parse(readFileSync(path, 'utf8')))
  } catch (error) {
    if (isGone(error)) return undefined
    throw new Error(`${path} cannot be read; remove it to start as a new holder (what the old one held stays in doubt)`, { cause: error })
  }
}

/** All or nothing, also when power is lost. */
export function writeIdentity(path: string, identity: Identity): void {
  const beside = `${path}.new`
  const file = openSync(beside, 'w', 0o600)
  try {
    writeSync(file, JSON.stringify(identity))
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(beside, path)
}
