// Handles: what callers hold of things that live behind the gateway (responses, later files, batches, tasks, cursors). Several tenants share one
// vendor account, in which an id alone would let one reach what is another's. A handle says whose it is, where the thing lives and what it is
// called there, sealed: only its owner can use it, nobody can read or make one. It looks like the vendor's own ids and goes where those go.
//
// Whatever is not a handle of this kind and this owner is `undefined`, for whichever reason: forged, cut, another's, of a secret that is gone.

import type { Sealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'

/** By kind: what ids of such things begin with at the vendors. A further kind is one more row. */
export const handlePrefixes = { response: 'resp_' } as const

export type HandleKind = keyof typeof handlePrefixes

export interface Handle {
  /** The thing's own id, where it lives. */
  inner: string
  /** `provider/model`, or absent: it lives in the gateway's own store. */
  target?: string
  /** ms since the epoch */
  madeAt: number
}

export interface Handles {
  /** @param owner id of the key @returns at most `longestHandle` characters of `[A-Za-z0-9_-]` @throws RangeError when id and target are too long */
  seal(kind: HandleKind, owner: string, what: Pick<Handle, 'inner' | 'target'>): string
  open(kind: HandleKind, owner: string, text: string): Handle | undefined
}

export const longestHandle = 512

const targetAt = 7
const longestTarget = 0xff

/** @param sealer of the purpose "handle" */
export function handles(sealer: Sealer, clock: Pick<Clock, 'now'>): Handles {
  const associated = (kind: HandleKind, owner: string) => JSON.stringify([kind, owner])
  return {
    seal(kind, owner, { inner, target = '' }) {
      const where = Buffer.from(target)
      if (where.length > longestTarget) throw new RangeError('the target is too long for a handle')
      const head = Buffer.alloc(targetAt)
      head.writeUIntBE(Math.max(0, Math.floor(clock.now())), 0, 6)
      head.writeUInt8(where.length, 6)
      const sealed = sealer.seal(Buffer.concat([head, where, Buffer.from(inner)]), associated(kind, owner))
      const text = handlePrefixes[kind] + sealed.toString('base64url')
      if (text.length > longestHandle) throw new RangeError('the id is too long for a handle')
      return text
    },
    open(kind, owner, text) {
      const prefix = handlePrefixes[kind]
      if (text.length > longestHandle || !text.startsWith(prefix)) return undefined
      const letters = text.slice(prefix.length)
      const sealed = Buffer.from(letters, 'base64url')
      // One thing has one spelling: decoding is lenient.
      if (sealed.toString('base64url') !== letters) return undefined
      const plain = sealer.open(sealed, associated(kind, owner))
      if (!plain || plain.length < targetAt) return undefined
      const innerAt = targetAt + plain.readUInt8(6)
      const target = plain.toString('utf8', targetAt, innerAt)
      return { madeAt: plain.readUIntBE(0, 6), inner: plain.toString('utf8', innerAt), ...(target === '' ? {} : { target }) }
    },
  }
}
