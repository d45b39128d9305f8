// Watches files for edits. Editors replace files by renames, so the folders are watched. A burst of events
// counts as one edit.
//
// A path may go through symbolic links, and a swap of a link is an edit, too. Kubernetes mounts a ConfigMap
// as `gatehouse.yaml -> ..data/gatehouse.yaml` with `..data -> ..2026_11_30`, and an update swaps `..data`
// alone. So each link on the way to a file is watched in the folder that holds it.

import { lstatSync, readlinkSync, watch as watchFolder } from 'node:fs'
import type { FSWatcher } from 'node:fs'
import { dirname, join, resolve, sep } from 'node:path'
import type { Clock, Timer } from '../kit/clock.ts'

export interface Watcher {
  /** Replaces the files that are watched. */
  watch(files: readonly string[]): void
  close(): void
}

/** An editor writes, truncates and renames within a few milliseconds. */
const settleMs = 200
/** More links than this are a circle. Linux gives up after as many. */
const mostLinks = 40

export function watchFiles(files: readonly string[], changed: () => void, clock: Clock): Watcher {
  const watchers = new Map<string, FSWatcher>()
  let names = new Map<string, Set<string>>()
  let timer: Timer | undefined
  const settle = () => {
    timer?.cancel()
    timer = clock.after(settleMs, changed)
  }
  const open = (folder: string) => {
    try {
      const watcher = watchFolder(folder, { persistent: false }, (_, name) => {
        // A new file can match an `include` pattern.
        if (name === null || names.get(folder)?.has(name) || /\.ya?ml$/.test(name)) settle()
      })
      watcher.on('error', () => {
        // The folder is gone or was replaced. The next reload looks for it again.
        watcher.close()
        watchers.delete(folder)
        settle()
      })
      watchers.set(folder, watcher)
    } catch {
      // A folder that does not exist cannot be watched. An explicit reload still reads it.
    }
  }
  const watcher: Watcher = {
    watch(next) {
      names = new Map()
      for (const file of next) {
        for (const [folder, name] of placesOf(resolve(file))) {
          const known = names.get(folder)
          if (known) known.add(name)
          else names.set(folder, new Set([name]))
        }
      }
      for (const [folder, old] of watchers) {
        if (names.has(folder)) continue
        old.close()
        watchers.delete(folder)
      }
      for (const folder of names.keys()) if (!watchers.has(folder)) open(folder)
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

/** Folder and name of the file itself, and of every symbolic link on the way to it. */
function* placesOf(path: string): Generator<[folder: string, name: string]> {
  yield [dirname(path), path.slice(path.lastIndexOf(sep) + 1)]
  let names = path.split(sep).filter((name) => name !== '')
  let folder: string = sep
  let links = 0
  while (names.length > 0 && links < mostLinks) {
    const [name = '', ...rest] = names
    const target = linkTarget(join(folder, name))
    if (target === undefined) {
      folder = join(folder, name)
      names = rest
      continue
    }
    links += 1
    yield [folder, name]
    const goal = resolve(folder, target)
    names = [...goal.split(sep).filter((part) => part !== ''), ...rest]
    folder = sep
  }
  yield [dirname(folder), folder.slice(folder.lastIndexOf(sep) + 1)]
}

/** Absent: not a link, or not there. */
function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined
  } catch {
    return undefined
  }
}
