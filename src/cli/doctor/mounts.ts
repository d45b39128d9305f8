// Checks the filesystem of the data folder. Locks and fsync of network filesystems break the journal's
// guarantees, and memory loses it.

import { readFileSync, realpathSync } from 'node:fs'
import type { Finding } from './finding.ts'

const network =
  /^(nfs\d?|cifs|smb\d?|smbfs|9p|afs|ceph|glusterfs|lustre|beegfs|davfs2?|ncpfs|gpfs|fuse\.(sshfs|s3fs|gcsfuse|glusterfs|rclone|ceph|goofys|blobfuse2?|mount-s3))$/
const memory = /^(tmpfs|ramfs)$/

/** @param folder exists */
export function probeMount(folder: string, mountsPath = '/proc/mounts'): Finding {
  const probe = 'data filesystem'
  const mounts = readMounts(mountsPath)
  if (mounts === undefined)
    return {
      probe,
      verdict: 'not checked',
      detail:
        'this system has no list of mounts in /proc/mounts; make sure that the data folder is on a local disk',
    }
  const mount = mountOf(realpathSync(folder), mounts)
  const place = `${folder} is on ${mount?.type ?? 'an unknown filesystem'} (${mount?.point ?? '/'})`
  if (mount && network.test(mount.type))
    return {
      probe,
      verdict: 'problem',
      detail: `${place}, a network filesystem; its locks and syncs are too weak for the journal. Set "data" to a folder on a local disk`,
    }
  if (mount && memory.test(mount.type))
    return {
      probe,
      verdict: 'warning',
      detail: `${place}, which is memory; records and keys are lost when the machine restarts. Set "data" to a folder on a disk`,
    }
  if (mount?.type === 'overlay')
    return {
      probe,
      verdict: 'warning',
      detail: `${place}, a container's own layer, which is deleted with the container. Mount a volume there`,
    }
  return { probe, verdict: 'ok', detail: place }
}

interface Mount {
  point: string
  type: string
}

/** fstab(5): spaces and the like are written as octal escapes. */
function readMounts(path: string): Mount[] | undefined {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .flatMap((line) => {
        const [, point, type] = line.split(' ')
        if (point === undefined || type === undefined) return []
        return [
          {
            point: point.replaceAll(/\\([0-7]{3})/g, (_, octal: string) =>
              String.fromCharCode(Number.parseInt(octal, 8)),
            ),
            type,
          },
        ]
      })
  } catch {
    return undefined
  }
}

/** The longest mount point above the folder. If several are at one place, the last one counts. */
function mountOf(folder: string, mounts: readonly Mount[]): Mount | undefined {
  const above = mounts.filter(
    ({ point }) => point === '/' || folder === point || folder.startsWith(`${point}/`),
  )
  return above.reduce<Mount | undefined>(
    (best, mount) => (best && best.point.length > mount.point.length ? best : mount),
    undefined,
  )
}
