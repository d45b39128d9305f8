// The kinds of guards that this build has. A new one is a file here and a line in this list.

import type { GuardKind } from '../guard.ts'
import { patterns } from './patterns.ts'
import { pii } from './pii.ts'
import { secrets } from './secrets.ts'

export const guardKinds: readonly GuardKind[] = [widen(patterns), widen(pii), widen(secrets)]

/** Options arrive as data and are checked by the kind's own schema before its functions see them. */
function widen<Options>(kind: GuardKind<Options>): GuardKind {
  return {
    kind: kind.kind,
    options: kind.options,
    labels: (options) => kind.labels(kind.options.parse(options)),
    create: (options) => kind.create(kind.options.parse(options)),
  }
}
