// Watches files for edits. Editors replace files (rename over), so it is the folders that are watched, and a
// burst of events is one edit.

import { watch as watchFolder } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { basename, dirname } from 'node:path'
import type { Clock, Timer } from '../kit/clock.ts'

export interface Watcher {
  /** The files to watch from now on. */
  watch(files: readonly string[]): void
  close(): void
}

/** An editor writes, truncates and renames within a few milliseconds. */
const settleMs = 200

export function watchFiles(files: readonly string[], changed: () => void, clock: Clock): Watcher {
  const watchers = new Map<string, FSWatcher>()
  let names = new Set<string>()
  let folders = new Set<string>()
  let timer: Timer | undefined
  const settle = () => {
    timer?.cancel()
    timer = clock.after(settleMs, changed)
  }
  const open = (folder: string) => {
    try {
      const watcher = watchFolder(folder, { persistent: false }, (_, name) => {
        // a new file may be one that an `include` pattern matches
        if (name === null || names.has(name) || /\.ya?ml$/.test(name)) settle()
      })
      watcher.on('error', () => {
        // the folder is gone or was replaced: looked for again at the next reload
        watcher.close()
        watchers.delete(folder)
        settle()
      })
      watchers.set(folder, watcher)
    } catch {
      // a folder that is not there cannot be watched; an explicit reload still reads it
    }
  }
  const watcher: Watcher = {
    watch(next) {
      names = new Set(next.map((file) => basename(file)))
      folders = new Set(next.map((file) => dirname(file)))
      for (const [folder, old] of watchers) {
        if (folders.has(folder)) continue
        old.close()
        watchers.delete(folder)
      }
      for (const folder of folders) if (!watchers.has(folder)) open(folder)
    },
    close() {
      timer?.cancel()
      for (const old of watchers.values()) old.close()
      watchers.clear()
    },
  }
  watcher.watch(files)
  return watcher
}
