// A file that reserves disk space. If the disk is full, it is deleted, so that open calls can close.

import { join } from 'node:path'
import type { Files } from './files.ts'

export interface Ballast {
  isThere(): boolean
  /** Finds the file of an earlier start, or writes a new one. Rejects if the disk has no space. */
  provide(): Promise<void>
  free(): Promise<void>
}

export function createBallast(files: Files, folder: string, sizeBytes: number): Ballast {
  const path = join(folder, 'ballast')
  let isThere = false
  async function lay() {
    await files.remove(path)
    const file = await files.create(path)
    try {
      // written, not only extended, because a sparse file reserves nothing
      const block = new Uint8Array(Math.min(sizeBytes, 1024 * 1024)).fill(0x67)
      for (let position = 0; position < sizeBytes; )
        position += await file.write(block.subarray(0, sizeBytes - position), position)
      await file.sync()
      isThere = true
    } finally {
      await file.close()
      if (!isThere) await files.remove(path)
    }
  }
  return {
    isThere: () => isThere,
    async provide() {
      if ((await files.size(path)) === sizeBytes) isThere = true
      else await lay()
    },
    async free() {
      isThere = false
      await files.remove(path)
    },
  }
}
