// Which errors of a provider cost nothing. Where no page says so, it is an assumption
// (docs/decisions/017-unbilled-errors.md): a vendor that turns a call away by itself, before any output, has
// not worked for it. Only the vendor's own host can say so: a proxy's error may come after the work.

import { z } from 'zod'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { UnbilledErrors } from '../provider.ts'

export const unbilledErrors = z
  .enum(['none', 'unserved', 'refusals', 'own', 'all'])
  .optional()
  .describe(
    'Which of its errors before any output cost nothing: `none` that we could rely on; `unserved`, those that turn a call away (401, 403, 404, 429, 503, 529); `refusals`, those that refuse a request (4xx); `own`, refusals and server errors in the vendor’s own form, without those that proxies send (502, 504, 52x); or `all`. Calls that time out or are cut off always count as billed. Default: as documented or assumed at the vendor’s own address, else `none`',
  )

/** @param hosts of the vendor; `.example.com` stands for every name below it */
export function unbilledAt(
  { baseUrl }: Pick<DestinationRule, 'baseUrl'>,
  written: UnbilledErrors | undefined,
  hosts: readonly string[],
  usual: UnbilledErrors = 'own',
): UnbilledErrors {
  if (written !== undefined) return written
  const host = URL.parse(baseUrl)?.host ?? ''
  return hosts.some((known) => (known.startsWith('.') ? host.endsWith(known) : host === known))
    ? usual
    : 'none'
}
