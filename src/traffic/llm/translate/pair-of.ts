// The codecs of a client's dialect and of a provider's dialects as a pair.

import type { AnyCodec } from '../canonical/index.ts'
import type { Dialect } from '../dialect.ts'
import { embedding } from './embed.ts'
import { generating } from './generate.ts'
import type { World } from './generate.ts'
import type { Pair } from './pair.ts'

/** Undefined when no dialect of the provider is of the client's family. */
export function pairOf(
  dialect: Dialect,
  spoken: readonly Dialect[],
  codecs: readonly AnyCodec[],
  world: World,
): Pair | undefined {
  const codecOf = (name: Dialect) => codecs.find((codec) => codec.dialect === name)
  const front = codecOf(dialect)
  const backs = spoken.flatMap((name) => codecOf(name) ?? [])
  if (front?.family === 'embed') {
    const back = backs.find((codec) => codec.family === 'embed')
    return back && embedding(front, back)
  }
  const [usual, ...others] = backs.filter((codec) => codec.family === 'generate')
  return usual && front && generating(front, [usual, ...others], world)
}
