// As whom a caller asks for what is kept.

import type { Asker } from '../../../../../contract/handle.ts'
import { type Caller, ownerOf } from '../../../../../contract/principal.ts'

export const askerOf = ({ principal, subject: { key } }: Caller): Asker => ({
  owner: ownerOf(principal),
  ...(key === undefined ? {} : { key }),
})
