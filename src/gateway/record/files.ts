// The file operations of the journal. Tests pass a disk that is full, slow or broken.

import { close, fdatasync, fsync, open, write } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

export interface JournalFile {
  /**
   * Writes at a position and returns how many bytes were written, which may be fewer. Rejects with an `errno`
   * error (`ENOSPC`, `EIO`).
   */
  write(bytes: Uint8Array, position: number): Promise<number>
  /** `fdatasync`: everything that was written before the call survives a loss of power. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Files {
  /** Creates a file that must not exist yet, and makes its name durable. */
  create(path: string): Promise<JournalFile>
  /** Writes a small file atomically: after a crash it has the old content or the new content. */
  replace(path: string, bytes: Uint8Array): Promise<void>
  /** Renames a file durably. */
  rename(from: string, to: string): Promise<void>
  /** Does nothing if the file does not exist. */
  remove(path: string): Promise<void>
  /** The size in bytes; undefined if the file does not exist. */
  size(path: string): Promise<number | undefined>
}

export const realFiles: Files = {
  async create(path) {
    const file = await openFile(path, 'wx')
    await syncFolder(dirname(path))
    return {
      write: (bytes, position) => writeAt(file, bytes, position),
      sync: () => finished((callback) => fdatasync(file, callback)),
      close: () => finished((callback) => close(file, callback)),
    }
  },
  async replace(path, bytes) {
    const file = await openFile(`${path}.new`, 'w')
    try {
      for (let done = 0; done < bytes.length; ) done += await writeAt(file, bytes.subarray(done), done)
      await finished((callback) => fsync(file, callback))
    } finally {
      await finished((callback) => close(file, callback))
    }
    await rename(`${path}.new`, path)
    await syncFolder(dirname(path))
  },
  async rename(from, to) {
    await rename(from, to)
    await syncFolder(dirname(to))
  },
  remove: (path) => rm(path, { force: true }),
  size: (path) =>
    stat(path).then(
      (found) => found.size,
      () => undefined,
    ),
}

/** Without this, a new file can be complete after a loss of power, but without a name. */
async function syncFolder(path: string): Promise<void> {
  const folder = await openFile(path, 'r')
  await finished((callback) => fsync(folder, callback))
  await finished((callback) => close(folder, callback))
}

const writeAt = (file: number, bytes: Uint8Array, position: number): Promise<number> =>
  new Promise((resolve, reject) =>
    write(file, bytes, 0, bytes.length, position, (error, count) => (error ? reject(error) : resolve(count))),
  )

const openFile = (path: string, flags: 'wx' | 'w' | 'r'): Promise<number> =>
  new Promise((resolve, reject) =>
    open(path, flags, 0o600, (error, file) => (error ? reject(error) : resolve(file))),
  )

const finished = (run: (callback: (error: Error | null) => void) => void): Promise<void> =>
  new Promise((resolve, reject) => run((error) => (error ? reject(error) : resolve())))
