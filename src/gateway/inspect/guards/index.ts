// The kinds of guards in this build. A new kind is a file here and a line in this list.

import type { GuardKind } from '../guard.ts'
import { patterns } from './patterns.ts'
import { pii } from './pii.ts'
import { secrets } from './secrets.ts'

export const guardKinds: readonly GuardKind[] = [widen(patterns), widen(pii), widen(secrets)]

/** Options arrive as data. The kind's own schema checks them before its functions receive them. */
function widen<Options>(kind: GuardKind<Options>): GuardKind {
  return {
    kind: kind.kind,
    options: kind.options,
    labels: (options) => kind.labels(kind.options.parse(options)),
    create: (options) => kind.create(kind.options.parse(options)),
  }
}
