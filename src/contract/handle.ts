// Handles: ids for objects that the gateway or a vendor stores (responses, later files, batches, tasks,
// cursors). Several tenants share one vendor account, so a plain id would give one tenant access to another's
// objects. A handle contains the owner, the place and the vendor's id of the object, sealed: only its owner
// can use it, and clients can neither read nor make one. It looks like the vendor's own ids.
//
// Everything that is not a handle of this kind and owner opens as `undefined`, for any reason: forged, cut,
// of another owner, sealed with a lost secret.
//
// Earlier builds made handles for a key instead of a principal and its team. Such a handle is sealed with
// other associated data: it opens for that key only.

import type { Sealer } from '../kit/aead.ts'
import type { Clock } from '../kit/clock.ts'
import { type Owner, ownerText } from './principal.ts'

/** By kind: the prefix of such ids at the vendors. A new kind is a new row. */
export const handlePrefixes = { response: 'resp_' } as const

export type HandleKind = keyof typeof handlePrefixes

export interface Handle {
  /** The object's own id, where it is stored. */
  inner: string
  /** `provider/model`. Absent: it is in the gateway's own store. */
  target?: string
  /**
   * Id of the key that made it, if the object does not contain it. The code that opens the handle must check
   * whether that key was revoked.
   */
  key?: string
  /** ms since the epoch */
  madeAt: number
}

/** An opened handle, with its owner. */
export interface OpenedHandle extends Handle {
  /** `ownerText`. For a handle of an earlier build, the id of its key. */
  owner: string
}

/** The caller that opens a handle. */
export interface HandleCaller {
  owner: Owner
  /** The id of the caller's key. */
  key?: string
}

export interface Handles {
  /**
   * @returns at most `longestHandle` characters of `[A-Za-z0-9_-]` @throws RangeError when id, key and target
   * are too long
   */
  seal(kind: HandleKind, owner: Owner, what: Omit<Handle, 'madeAt'>): string
  open(kind: HandleKind, caller: HandleCaller, text: string): OpenedHandle | undefined
}

export const longestHandle = 512

const timeBytes = 6
const longestPart = 0xff

/** @param sealer of the purpose "handle" */
export function createHandles(sealer: Sealer, clock: Pick<Clock, 'now'>): Handles {
  const associated = (kind: HandleKind, { principal, team }: Owner) => JSON.stringify([kind, principal, team])
  return {
    seal(kind, owner, { inner, target = '', key = '' }) {
      const time = Buffer.alloc(timeBytes)
      time.writeUIntBE(Math.max(0, Math.floor(clock.now())), 0, timeBytes)
      const plain = Buffer.concat([
        time,
        part(target, 'target'),
        part(key, 'id of the key'),
        Buffer.from(inner),
      ])
      const text = handlePrefixes[kind] + sealer.seal(plain, associated(kind, owner)).toString('base64url')
      if (text.length > longestHandle) throw new RangeError('the id is too long for a handle')
      return text
    },
    open(kind, { owner, key }, text) {
      const sealed = sealedIn(kind, text)
      if (!sealed) return undefined
      const plain = sealer.open(sealed, associated(kind, owner))
      if (plain) return { owner: ownerText(owner), ...read(plain, true) }
      const ofKey = key === undefined ? undefined : sealer.open(sealed, JSON.stringify([kind, key]))
      return ofKey && key !== undefined ? { owner: key, ...read(ofKey, false) } : undefined
    },
  }
}

function sealedIn(kind: HandleKind, text: string): Buffer | undefined {
  const prefix = handlePrefixes[kind]
  if (text.length > longestHandle || !text.startsWith(prefix)) return undefined
  const letters = text.slice(prefix.length)
  const sealed = Buffer.from(letters, 'base64url')
  // Base64 decoding is lenient, but each handle must have only one spelling.
  return sealed.toString('base64url') === letters ? sealed : undefined
}

/** With its length before it. */
function part(text: string, what: string): Buffer {
  const bytes = Buffer.from(text)
  if (bytes.length > longestPart) throw new RangeError(`the ${what} is too long for a handle`)
  return Buffer.concat([Buffer.of(bytes.length), bytes])
}

/** @param hasKey earlier builds did not write the key */
function read(plain: Buffer, hasKey: boolean): Handle {
  let at = timeBytes
  const next = () => {
    const from = at + 1
    at = from + plain.readUInt8(at)
    return plain.toString('utf8', from, at)
  }
  const target = next()
  const key = hasKey ? next() : ''
  const inner = plain.toString('utf8', at)
  return {
    madeAt: plain.readUIntBE(0, timeBytes),
    inner,
    ...(target === '' ? {} : { target }),
    ...(key === '' ? {} : { key }),
  }
}
