// Answers that clients may refer to later: the gateway's own, so that it works at every target and nobody reaches what another key said.
//
// The way in never holds a call up: an answer is in memory before its last bytes go out, so that whoever has seen it whole can refer to it, and is
// sealed and written a turn later, many in one transaction. What a killed process has not written then (some milliseconds) is lost. A store that is
// down or slow costs the comfort only: the call works, what was not written is dropped, and a reference to it is told so.
//
// What lies in the store is sealed with the owner and the id as associated data: a row that is moved to another owner cannot be opened.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { Handles } from '../../../../../contract/handle.ts'
import type { ResponsesRule } from '../../../../../contract/snapshot.ts'
import type { KeptStore, KeptThing } from '../../../../../contract/stores.ts'
import type { Sealer } from '../../../../../kit/aead.ts'
import type { Clock, Timer } from '../../../../../kit/clock.ts'
import { newId } from '../../../../../kit/id.ts'
import { itemIdsOf, readBack, writeDown } from './kept-response.ts'
import type { KeptResponse } from './kept-response.ts'
import { Shelf } from './shelf.ts'
import type { Shelved } from './shelf.ts'

export interface KeptResponses {
  rule(): ResponsesRule
  /** A name for an answer that is being made. */
  newName(owner: string): Pick<KeptResponse, 'id' | 'inner'>
  put(kept: Omit<KeptResponse, 'madeAt'>): void
  /**
   * undefined for what is gone, was never there, is another's, or no id at all: they cannot be told apart.
   * @throws GatewayError `state-unavailable`
   */
  get(owner: string, id: string): Promise<KeptResponse | undefined>
  /** The newest whose answer has the item. @throws GatewayError `state-unavailable` */
  withItem(owner: string, item: string): Promise<KeptResponse | undefined>
  /** @returns was it there? @throws GatewayError `state-unavailable` */
  remove(owner: string, id: string): Promise<boolean>
  /** Erases all of a key that was revoked or removed; another key of the same name will not find it. */
  forget(owner: string): Promise<void>
  /** Erases what is over, and all of owners that are gone. Happens by itself each minute. */
  sweep(): Promise<void>
  /** Resolves when all is written. */
  close(): Promise<void>
}

export interface KeptOptions {
  store: KeptStore
  handles: Handles
  /** Of the purpose "kept". */
  sealer: Sealer
  clock: Clock
  rule(): ResponsesRule
  /** Is the key there and not revoked? */
  isOwner(owner: string): boolean
  /** Is there something of an earlier run? Until there is something, the store is left alone. */
  isUsed: boolean
  report(message: string, thrown: unknown): void
}

const recentBytes = 16 * 1024 * 1024
const waitingBytes = 64 * 1024 * 1024
const batchBytes = 8 * 1024 * 1024
const sweepEveryMs = 60_000

export function keptResponses(options: KeptOptions): KeptResponses {
  const { store, handles, sealer, clock, rule, isOwner, report } = options
  const recent = new Shelf(recentBytes)
  const waiting = new Shelf(waitingBytes)
  let { isUsed } = options
  let writing: Promise<void> | undefined
  /** The transaction that is under way; what is in it stands on no shelf but perhaps `recent`. */
  let batch: Promise<void> | undefined
  /** Of whom the store still has what it must not have. */
  const owed = new Set<string>()
  let sweeping: Promise<void> | undefined
  let timer: Timer | undefined
  let isClosed = false

  const since = () => (rule().keepMs === 0 ? Number.MAX_SAFE_INTEGER : clock.now() - rule().keepMs)
  const innerOf = (owner: string, id: string) => handles.open('response', owner, id)?.inner
  const associated = (owner: string, inner: string) => JSON.stringify(['response', owner, inner])

  function put(kept: Omit<KeptResponse, 'madeAt'>): void {
    const { input, response, owner } = kept
    const bytes = input.length + response.length
    const { keepMs, bytesPerKey, totalBytes } = rule()
    if (keepMs === 0 || bytes > Math.min(bytesPerKey, totalBytes) || !isOwner(owner)) return
    // The request's own buffer has more in it and would live as long.
    const entry = { ...kept, input: new Uint8Array(input), madeAt: clock.now(), items: once(() => itemIdsOf(kept)), bytes }
    recent.add(entry)
    if (waiting.add(entry).length > 0) report('responses were dropped, because the store does not take them fast enough', undefined)
    writing ??= write().finally(() => (writing = undefined))
  }

  async function write(): Promise<void> {
    // The answer goes out first.
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (!isUsed) sweepLater()
    isUsed = true
    for (let next = waiting.take(batchBytes); next.length > 0; next = waiting.take(batchBytes)) {
      batch = writeBatch(next)
      await batch
    }
  }

  async function writeBatch(entries: readonly Shelved[]): Promise<void> {
    const { bytesPerKey: bytesPerOwner, totalBytes } = rule()
    try {
      await store.put(entries.map(sealed), { bytesPerOwner, totalBytes })
    } catch (thrown) {
      report('responses could not be kept', thrown)
    }
  }

  function sealed(entry: Shelved): KeptThing {
    const { owner, inner: id, madeAt } = entry
    return { owner, id, madeAt, labels: entry.items(), body: sealer.seal(writeDown(entry), associated(owner, id)) }
  }

  function opened(thing: KeptThing | undefined): KeptResponse | undefined {
    const plain = thing && sealer.open(thing.body, associated(thing.owner, thing.id))
    return plain && { ...readBack(plain), inner: thing.id, owner: thing.owner, madeAt: thing.madeAt }
  }

  /** Only what was kept under a secret that is gone has a thing and no response. */
  async function ask(owner: string, question: () => Promise<KeptThing | undefined>): Promise<KeptResponse | undefined> {
    await batch
    if (!isUsed) return undefined
    return trying(async () => {
      if (owed.has(owner)) await forgetOwed()
      return opened(await question())
    })
  }

  async function forgetOwed(): Promise<void> {
    await batch
    for (const owner of owed) {
      await store.forget(owner)
      owed.delete(owner)
    }
  }

  async function trying<Answer>(question: () => Promise<Answer>): Promise<Answer> {
    try {
      return await question()
    } catch (thrown) {
      report('the store of responses does not answer', thrown)
      throw new GatewayError(
        'state-unavailable',
        'Earlier responses cannot be read at the moment; try again, or send the earlier items in "input".',
        {
          retryAfterSeconds: 5,
        },
      )
    }
  }

  /** One at a time: whoever asks meanwhile gets the next one. */
  async function sweep(): Promise<void> {
    await sweeping
    sweeping ??= sweepOnce().finally(() => (sweeping = undefined))
    await sweeping
  }

  async function sweepOnce(): Promise<void> {
    timer?.cancel()
    for (const shelf of [recent, waiting]) shelf.keep(({ owner, madeAt }) => madeAt >= since() && isOwner(owner))
    try {
      if (!isUsed) return
      await forgetOwed()
      await store.sweep(since())
      for (const owner of await store.owners()) if (!isOwner(owner)) await store.forget(owner)
    } catch (thrown) {
      report('what is over could not be erased from the store of responses', thrown)
    }
    sweepLater()
  }

  function sweepLater(): void {
    timer?.cancel()
    if (!isClosed) timer = clock.after(sweepEveryMs, () => void sweep())
  }

  if (isUsed) void sweep()

  return {
    rule,
    newName(owner) {
      const inner = newId()
      return { inner, id: handles.seal('response', owner, { inner }) }
    },
    put,
    async get(owner, id) {
      const inner = innerOf(owner, id)
      if (inner === undefined) return undefined
      const known = recent.get(owner, inner) ?? waiting.get(owner, inner)
      if (known) return known.madeAt >= since() ? known : undefined
      return ask(owner, () => store.get(owner, inner, since()))
    },
    async withItem(owner, item) {
      const is = (entry: Shelved) => entry.owner === owner && entry.items().includes(item) && entry.madeAt >= since()
      return recent.newest(is) ?? waiting.newest(is) ?? ask(owner, () => store.find(owner, item, since()))
    },
    async remove(owner, id) {
      const inner = innerOf(owner, id)
      if (inner === undefined) return false
      const known = recent.get(owner, inner) ?? waiting.get(owner, inner)
      const isThere = known !== undefined && known.madeAt >= since()
      recent.remove(owner, inner)
      waiting.remove(owner, inner)
      await batch
      if (!isUsed) return isThere
      return (await trying(() => store.remove(owner, inner))) || isThere
    },
    async forget(owner) {
      for (const shelf of [recent, waiting]) shelf.keep((entry) => entry.owner !== owner)
      if (!isUsed) return
      owed.add(owner)
      await sweep()
    },
    sweep,
    async close() {
      isClosed = true
      timer?.cancel()
      await writing
    },
  }
}

/** Not before somebody asks: the answer is waited for. */
function once<Value>(make: () => Value): () => Value {
  let made: { value: Value } | undefined
  return () => (made ??= { value: make() }).value
}
