// What a kind of provider is: one row or folder of this room. Kinds don't know each other; index.ts lists them.

import type { z } from 'zod'
import type { ProviderRule } from '../../../contract/snapshot.ts'
import type { Dial } from '../../../contract/upstream.ts'
import type { Clock } from '../../../kit/clock.ts'
import type { Random } from '../../../kit/id.ts'
import type { Provider } from '../provider.ts'

export interface ProviderKind {
  /** As the configuration names it. */
  kind: string
  /** For people. */
  title: string
  /** Where it lives when the configuration gives no `url`. Absent: the configuration has to. */
  baseUrl?: string
  /** The environment variable in which its key usually lies. */
  keyName?: string
  /** Kind of credential that a bare `key` in the configuration means; `none`: it needs no key. */
  credential: 'bearer' | 'none'
  /** Settings of that credential: the header that the vendor reads. */
  credentialSettings?: Readonly<Record<string, string>>
  /** `options` of a provider; the descriptions are the manual. */
  options: z.ZodType<Readonly<Record<string, unknown>>>
  /** Models that it has without being asked. */
  models?: readonly string[]
  /** Whose prices and limits its models have in the catalogue; undefined: nobody's that we know. */
  vendorOf(rule: Pick<ProviderRule, 'baseUrl' | 'options'>): string | undefined
  create(rule: ProviderRule, means: Means): Provider
}

/** What providers need of the world. */
export interface Means {
  dial: Dial
  clock: Clock
  random: Random
}
