// Responses that clients may refer to later. The gateway keeps them itself, so that references work at every
// target and no principal reaches the responses of another. The keys of one workload or person share
// responses if they belong to one team. Each response names the key that made it. Revoking that key erases
// the response.
//
// Keeping never delays a call. A response is in memory before its last bytes leave, so a client that has the
// whole response can refer to it. One turn of the event loop later, it is sealed and written. One transaction
// writes many responses. A killed process loses what it has not written by then (some milliseconds). With a
// store that is down or slow, calls still work: what cannot be written is dropped, and a reference to it is
// refused.

import { newId } from '../../../../../kit/id.ts'
import type { HandleCaller, Handles } from '../../../../../contract/handle.ts'
import { ownerText } from '../../../../../contract/principal.ts'
import type { ResponsesRule } from '../../../../../contract/snapshot.ts'
import type { KeptStore, KeptThing } from '../../../../../contract/stores.ts'
import type { Sealer } from '../../../../../kit/aead.ts'
import type { Clock, Timer } from '../../../../../kit/clock.ts'
import { itemIdsOf } from './kept-response.ts'
import type { KeptResponse } from './kept-response.ts'
import { SealedStore } from './sealed-store.ts'
import { Shelf } from './shelf.ts'
import type { Shelved } from './shelf.ts'

export interface KeptResponses {
  rule(): ResponsesRule
  /** Names a response that is being made, and its owner. */
  newName(caller: HandleCaller): Pick<KeptResponse, 'id' | 'inner' | 'owner' | 'key'>
  put(kept: Omit<KeptResponse, 'madeAt'>): void
  /**
   * Undefined when it is gone, never existed, belongs to another owner, or has an id that is not ours.
   * Callers cannot distinguish these cases.
   * @throws GatewayError `state-unavailable`
   */
  get(caller: HandleCaller, id: string): Promise<KeptResponse | undefined>
  /** The newest response that has the item. @throws GatewayError `state-unavailable` */
  withItem(caller: HandleCaller, item: string): Promise<KeptResponse | undefined>
  /** @returns did it exist? @throws GatewayError `state-unavailable` */
  remove(caller: HandleCaller, id: string): Promise<boolean>
  /**
   * Erases all responses of a key that was revoked or removed. Another key of the same name will not find
   * them.
   */
  forget(key: string): Promise<void>
  /**
   * Erases responses that are too old, and those of keys that are gone. It runs automatically each minute.
   */
  sweep(): Promise<void>
  /** Resolves when all is written. */
  close(): Promise<void>
}

export interface KeptOptions {
  store: KeptStore
  handles: Handles
  /** The sealer for the purpose "kept". */
  sealer: Sealer
  clock: Clock
  rule(): ResponsesRule
  /** Does the key exist, and is it not revoked (or revoked in a way that keeps its responses)? */
  isMaker(key: string): boolean
  /** Does the store hold any responses, including those of earlier runs? An empty store is not called. */
  isUsed: boolean
  report(message: string, thrown: unknown): void
}

const recentBytes = 16 * 1024 * 1024
const waitingBytes = 64 * 1024 * 1024
const batchBytes = 8 * 1024 * 1024
const sweepEveryMs = 60_000

export const createKeptResponses = (options: KeptOptions): KeptResponses => new StoredResponses(options)

class StoredResponses implements KeptResponses {
  readonly #options: KeptOptions
  readonly #store: SealedStore
  readonly #recent = new Shelf(recentBytes)
  readonly #waiting = new Shelf(waitingBytes)
  /** Keys whose responses must still be erased from the store. */
  readonly #owed = new Set<string>()
  #isUsed: boolean
  #isClosed = false
  #writing: Promise<void> | undefined
  /** The running transaction. Its responses are not on a shelf, except possibly `recent`. */
  #batch: Promise<void> | undefined
  #sweeping: Promise<void> | undefined
  #timer: Timer | undefined

  constructor(options: KeptOptions) {
    this.#options = options
    this.#store = new SealedStore(options)
    this.#isUsed = options.isUsed
    if (this.#isUsed) void this.sweep()
  }

  rule(): ResponsesRule {
    return this.#options.rule()
  }

  newName({ owner, key }: HandleCaller): Pick<KeptResponse, 'id' | 'inner' | 'owner' | 'key'> {
    const inner = newId()
    const id = this.#options.handles.seal('response', owner, { inner })
    return { inner, id, owner: ownerText(owner), ...(key === undefined ? {} : { key }) }
  }

  put(kept: Omit<KeptResponse, 'madeAt'>): void {
    const { input, response, key } = kept
    const bytes = input.length + response.length
    const { keepMs, bytesPerKey, totalBytes } = this.rule()
    if (keepMs === 0 || bytes > Math.min(bytesPerKey, totalBytes) || !this.#mayStay(key)) return
    const entry = {
      ...kept,
      // A copy, because the request's own buffer is larger and would stay in memory as long.
      input: new Uint8Array(input),
      madeAt: this.#options.clock.now(),
      items: once(() => itemIdsOf(kept)),
      bytes,
    }
    this.#recent.add(entry)
    if (this.#waiting.add(entry).length > 0)
      this.#options.report('responses were dropped, because the store is too slow to take them', undefined)
    this.#writing ??= this.#write().finally(() => (this.#writing = undefined))
  }

  async get(caller: HandleCaller, id: string): Promise<KeptResponse | undefined> {
    const found = this.#options.handles.open('response', caller, id)
    if (!found) return undefined
    const known = this.#inMemory(found.owner, found.inner)
    if (known) return known.madeAt >= this.#since() ? known : undefined
    return this.#read((store) => store.get(found.owner, found.inner, this.#since()))
  }

  async withItem({ owner, key }: HandleCaller, item: string): Promise<KeptResponse | undefined> {
    const text = ownerText(owner)
    const isWanted = (entry: Shelved) =>
      entry.owner === text && entry.items().includes(item) && entry.madeAt >= this.#since()
    const known =
      this.#recent.newest(isWanted) ??
      this.#waiting.newest(isWanted) ??
      (await this.#read((store) => store.find(text, item, this.#since())))
    if (known || key === undefined) return known
    // An earlier build may have kept it for the key.
    return this.#read((store) => store.find(key, item, this.#since()))
  }

  async remove(caller: HandleCaller, id: string): Promise<boolean> {
    const found = this.#options.handles.open('response', caller, id)
    if (!found) return false
    const { owner, inner } = found
    const known = this.#inMemory(owner, inner)
    const existed = known !== undefined && known.madeAt >= this.#since()
    for (const shelf of this.#shelves) shelf.remove(owner, inner)
    await this.#batch
    if (!this.#isUsed) return existed
    return (await this.#store.ask((store) => store.remove(owner, inner))) || existed
  }

  async forget(key: string): Promise<void> {
    for (const shelf of this.#shelves) shelf.keep((entry) => entry.key !== key)
    if (!this.#isUsed) return
    this.#owed.add(key)
    await this.sweep()
  }

  /** One at a time: a caller during a sweep waits for the next one. */
  async sweep(): Promise<void> {
    await this.#sweeping
    this.#sweeping ??= this.#sweepOnce().finally(() => (this.#sweeping = undefined))
    await this.#sweeping
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#timer?.cancel()
    await this.#writing
  }

  get #shelves(): readonly Shelf[] {
    return [this.#recent, this.#waiting]
  }

  #inMemory(owner: string, inner: string): Shelved | undefined {
    return this.#recent.get(owner, inner) ?? this.#waiting.get(owner, inner)
  }

  #since(): number {
    const { keepMs } = this.rule()
    return keepMs === 0 ? Number.MAX_SAFE_INTEGER : this.#options.clock.now() - keepMs
  }

  #mayStay(key: string | undefined): boolean {
    return key === undefined || this.#options.isMaker(key)
  }

  async #write(): Promise<void> {
    // The response leaves first.
    await new Promise<void>((resolve) => setImmediate(resolve))
    if (!this.#isUsed) this.#sweepLater()
    this.#isUsed = true
    const waiting = this.#waiting
    for (let next = waiting.take(batchBytes); next.length > 0; next = waiting.take(batchBytes)) {
      const { bytesPerKey: bytesPerOwner, totalBytes } = this.rule()
      this.#batch = this.#store.put(next, { bytesPerOwner, totalBytes })
      await this.#batch
    }
  }

  async #read(
    question: (store: KeptStore) => Promise<KeptThing | undefined>,
  ): Promise<KeptResponse | undefined> {
    await this.#batch
    if (!this.#isUsed) return undefined
    return this.#store.read(async (store) => {
      if (this.#owed.size > 0) await this.#forgetOwed(store)
      return question(store)
    })
  }

  async #forgetOwed(store: KeptStore): Promise<void> {
    await this.#batch
    for (const key of this.#owed) {
      await store.forget(key)
      this.#owed.delete(key)
    }
  }

  async #sweepOnce(): Promise<void> {
    const { store, isMaker, report } = this.#options
    this.#timer?.cancel()
    for (const shelf of this.#shelves)
      shelf.keep(({ key, madeAt }) => madeAt >= this.#since() && this.#mayStay(key))
    if (!this.#isUsed) return
    try {
      await this.#forgetOwed(store)
      await store.sweep(this.#since())
      for (const key of await store.keys()) if (!isMaker(key)) await store.forget(key)
    } catch (thrown) {
      report('old responses could not be erased from the store', thrown)
    }
    this.#sweepLater()
  }

  #sweepLater(): void {
    this.#timer?.cancel()
    if (!this.#isClosed) this.#timer = this.#options.clock.after(sweepEveryMs, () => void this.sweep())
  }
}

/** Computes the value at its first use: the response must not wait for it. */
function once<Value>(compute: () => Value): () => Value {
  let computed: { value: Value } | undefined
  return () => (computed ??= { value: compute() }).value
}
