// The disk as the journal sees it. A test hands in one that is full, slow or broken.

import { close, fdatasync, fsync, open, write } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface JournalFile {
  /** Writes at a position and says how many bytes were taken, perhaps not all. Rejects with an `errno` error (`ENOSPC`, `EIO`). */
  write(bytes: Uint8Array, position: number): Promise<number>
  /** `fdatasync`: what was written before the call survives a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Files {
  /** Makes a file that must not exist yet, and makes its name durable. */
  create(path: string): Promise<JournalFile>
  /** Does nothing when there is none. */
  remove(path: string): Promise<void>
  /** Bytes; undefined when there is no such file. */
  size(path: string): Promise<number | undefined>
}

export const realFiles: Files = {
  async create(path) {
    const file = await openFile(path, 'wx')
    await syncFolder(dirname(path))
    return {
      write: (bytes, position) =>
        new Promise((resolve, reject) => write(file, bytes, 0, bytes.length, position, (error, count) => (error ? reject(error) : resolve(count)))),
      sync: () => done((callback) => fdatasync(file, callback)),
      close: () => done((callback) => close(file, callback)),
    }
  },
  remove: (path) => rm(path, { force: true }),
  size: (path) =>
    stat(path).then(
      (found) => found.size,
      () => undefined,
    ),
}

/** Without this a new file can be whole after a loss of power and yet have no name. */
async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(path, 'r')
  await done((callback) => fsync(folder, callback))
  await done((callback) => close(folder, callback))
}

const openFile = (path: string, flags: 'wx' | 'r'): Promise<number> =>
  new Promise((resolve, reject) => open(path, flags, 0o600, (error, file) => (error ? reject(error) : resolve(file))))

const done = (run: (callback: (error: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())))
