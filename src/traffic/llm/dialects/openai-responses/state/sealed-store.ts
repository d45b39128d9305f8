// The store of kept responses, which sees sealed bytes only. Owner, key and id are the seal's associated
// data, so a row that is moved to another owner cannot be opened. Earlier builds kept responses for keys.
// Only the same key finds such a response.

import { GatewayError } from '../../../../../contract/errors.ts'
import type { KeptStore, KeptThing } from '../../../../../contract/stores.ts'
import type { Sealer } from '../../../../../kit/aead.ts'
import { readBack, writeDown } from './kept-response.ts'
import type { KeptResponse } from './kept-response.ts'
import type { Shelved } from './shelf.ts'

interface SealedStoreOptions {
  store: KeptStore
  sealer: Sealer
  report(message: string, thrown: unknown): void
}

export class SealedStore {
  readonly #store: KeptStore
  readonly #sealer: Sealer
  readonly #report: SealedStoreOptions['report']

  constructor({ store, sealer, report }: SealedStoreOptions) {
    this.#store = store
    this.#sealer = sealer
    this.#report = report
  }

  /** Never rejects: responses that cannot be written are reported and dropped. */
  async put(entries: readonly Shelved[], limits: Parameters<KeptStore['put']>[1]): Promise<void> {
    try {
      await this.#store.put(
        entries.map((entry) => this.#seal(entry)),
        limits,
      )
    } catch (thrown) {
      this.#report('responses could not be kept', thrown)
    }
  }

  /** Also undefined for a response that was sealed with a secret that is gone. @throws as `ask` */
  async read(
    question: (store: KeptStore) => Promise<KeptThing | undefined>,
  ): Promise<KeptResponse | undefined> {
    return this.ask(async (store) => this.#open(await question(store)))
  }

  /** @throws GatewayError `state-unavailable` */
  async ask<Result>(question: (store: KeptStore) => Promise<Result>): Promise<Result> {
    try {
      return await question(this.#store)
    } catch (thrown) {
      this.#report('the store of responses does not respond', thrown)
      throw new GatewayError(
        'state-unavailable',
        'Earlier responses cannot be read at the moment; try again, or send the earlier items in "input".',
        { retryAfterSeconds: 5 },
      )
    }
  }

  #seal(entry: Shelved): KeptThing {
    const { owner, key, inner: id, madeAt } = entry
    const makers = { owner, ...(key === undefined ? {} : { key }) }
    const body = this.#sealer.seal(writeDown(entry), associatedData(makers, id))
    return { ...makers, id, madeAt, labels: entry.items(), body }
  }

  #open(thing: KeptThing | undefined): KeptResponse | undefined {
    const plain = thing && this.#sealer.open(thing.body, associatedData(thing, thing.id))
    if (!plain) return undefined
    const { owner, key, id: inner, madeAt } = thing
    return { ...readBack(plain), inner, owner, madeAt, ...(key === undefined ? {} : { key }) }
  }
}

const associatedData = ({ owner, key }: Pick<KeptThing, 'owner' | 'key'>, inner: string): string =>
  JSON.stringify(owner === key ? ['response', owner, inner] : ['response', owner, inner, key ?? null])
