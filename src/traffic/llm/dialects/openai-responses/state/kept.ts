// Answers that clients may refer to later: the gateway's own, so that it works at every target and nobody
// reaches what another principal said. The keys of one workload or person share them, as long as they are of
// one team. Each names the key that made it, whose revocation ends it.
//
// The way in never holds a call up: an answer is in memory before its last bytes go out, so that whoever has
// seen it whole can refer to it, and is sealed and written a turn later, many in one transaction. What a
// killed process has not written then (some milliseconds) is lost. A store that is down or slow costs the
// comfort only: the call works, what was not written is dropped, and a reference to it is told so.
//
// What lies in the store is sealed with the owner, the key and the id as associated data: a row that is moved
// to another owner cannot be opened. Earlier builds kept things for keys: such a thing is found by that very
// key, and by nobody else.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { HandleCaller, Handles } from '../../../../../contract/handle.ts'
import { ownerText } from '../../../../../contract/principal.ts'
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
  /** A name for an answer that is being made, and whose it is. */
  newName(asker: HandleCaller): Pick<KeptResponse, 'id' | 'inner' | 'owner' | 'key'>
  put(kept: Omit<KeptResponse, 'madeAt'>): void
  /**
   * undefined for what is gone, was never there, is another's, or no id at all: they cannot be told apart.
   * @throws GatewayError `state-unavailable`
   */
  get(asker: HandleCaller, id: string): Promise<KeptResponse | undefined>
  /** The newest whose answer has the item. @throws GatewayError `state-unavailable` */
  withItem(asker: HandleCaller, item: string): Promise<KeptResponse | undefined>
  /** @returns was it there? @throws GatewayError `state-unavailable` */
  remove(asker: HandleCaller, id: string): Promise<boolean>
  /**
   * Erases all that a key made which was revoked or removed; another key of the same name will not find it.
   */
  forget(key: string): Promise<void>
  /** Erases what is over, and all that was made by keys that are gone. Happens by itself each minute. */
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
  /** Is the key there and not revoked, or revoked in a way that keeps what it made? */
  isMaker(key: string): boolean
  /** Is there something of an earlier run? Until there is something, the store is left alone. */
  isUsed: boolean
  report(message: string, thrown: unknown): void
}

const recentBytes = 16 * 1024 * 1024
const waitingBytes = 64 * 1024 * 1024
const batchBytes = 8 * 1024 * 1024
const sweepEveryMs = 60_000

export function keptResponses(options: KeptOptions): KeptResponses {
  const { store, handles, sealer, clock, rule, isMaker, report } = options
  const recent = new Shelf(recentBytes)
  const waiting = new Shelf(waitingBytes)
  let { isUsed } = options
  let writing: Promise<void> | undefined
  /** The transaction that is under way; what is in it stands on no shelf but perhaps `recent`. */
  let batch: Promise<void> | undefined
  /** Keys of which the store still has what it must not have. */
  const owed = new Set<string>()
  let sweeping: Promise<void> | undefined
  let timer: Timer | undefined
  let isClosed = false

  const since = () => (rule().keepMs === 0 ? Number.MAX_SAFE_INTEGER : clock.now() - rule().keepMs)
  const mayStay = (key: string | undefined) => key === undefined || isMaker(key)
  const associated = ({ owner, key }: Pick<KeptThing, 'owner' | 'key'>, inner: string) =>
    JSON.stringify(owner === key ? ['response', owner, inner] : ['response', owner, inner, key ?? null])

  function put(kept: Omit<KeptResponse, 'madeAt'>): void {
    const { input, response, key } = kept
    const bytes = input.length + response.length
    const { keepMs, bytesPerKey, totalBytes } = rule()
    if (keepMs === 0 || bytes > Math.min(bytesPerKey, totalBytes) || !mayStay(key)) return
    // The request's own buffer has more in it and would live as long.
    const entry = {
      ...kept,
      input: new Uint8Array(input),
      madeAt: clock.now(),
      items: once(() => itemIdsOf(kept)),
      bytes,
    }
    recent.add(entry)
    if (waiting.add(entry).length > 0)
      report('responses were dropped, because the store does not take them fast enough', undefined)
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
    const { owner, key, inner: id, madeAt } = entry
    const of = { owner, ...(key === undefined ? {} : { key }) }
    return {
      ...of,
      id,
      madeAt,
      labels: entry.items(),
      body: sealer.seal(writeDown(entry), associated(of, id)),
    }
  }

  function opened(thing: KeptThing | undefined): KeptResponse | undefined {
    const plain = thing && sealer.open(thing.body, associated(thing, thing.id))
    if (!plain) return undefined
    const { owner, key, id: inner, madeAt } = thing
    return { ...readBack(plain), inner, owner, madeAt, ...(key === undefined ? {} : { key }) }
  }

  /** Only what was kept under a secret that is gone has a thing and no response. */
  async function ask(question: () => Promise<KeptThing | undefined>): Promise<KeptResponse | undefined> {
    await batch
    if (!isUsed) return undefined
    return trying(async () => {
      if (owed.size > 0) await forgetOwed()
      return opened(await question())
    })
  }

  async function forgetOwed(): Promise<void> {
    await batch
    for (const key of owed) {
      await store.forget(key)
      owed.delete(key)
    }
  }

  async function trying<Result>(question: () => Promise<Result>): Promise<Result> {
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
    for (const shelf of [recent, waiting]) shelf.keep(({ key, madeAt }) => madeAt >= since() && mayStay(key))
    try {
      if (!isUsed) return
      await forgetOwed()
      await store.sweep(since())
      for (const key of await store.keys()) if (!isMaker(key)) await store.forget(key)
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
    newName({ owner, key }) {
      const inner = newId()
      return {
        inner,
        id: handles.seal('response', owner, { inner }),
        owner: ownerText(owner),
        ...(key === undefined ? {} : { key }),
      }
    },
    put,
    async get(asker, id) {
      const found = handles.open('response', asker, id)
      if (!found) return undefined
      const { owner, inner } = found
      const known = recent.get(owner, inner) ?? waiting.get(owner, inner)
      if (known) return known.madeAt >= since() ? known : undefined
      return ask(() => store.get(owner, inner, since()))
    },
    async withItem({ owner, key }, item) {
      const as = ownerText(owner)
      const is = (entry: Shelved) =>
        entry.owner === as && entry.items().includes(item) && entry.madeAt >= since()
      const known =
        recent.newest(is) ?? waiting.newest(is) ?? (await ask(() => store.find(as, item, since())))
      // an earlier build may have kept it
      return known ?? (key === undefined ? undefined : ask(() => store.find(key, item, since())))
    },
    async remove(asker, id) {
      const found = handles.open('response', asker, id)
      if (!found) return false
      const { owner, inner } = found
      const known = recent.get(owner, inner) ?? waiting.get(owner, inner)
      const isThere = known !== undefined && known.madeAt >= since()
      recent.remove(owner, inner)
      waiting.remove(owner, inner)
      await batch
      if (!isUsed) return isThere
      return (await trying(() => store.remove(owner, inner))) || isThere
    },
    async forget(key) {
      for (const shelf of [recent, waiting]) shelf.keep((entry) => entry.key !== key)
      if (!isUsed) return
      owed.add(key)
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
