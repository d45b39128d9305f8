// Which errors of a provider are free. Where the vendor does not document it, this is an assumption
// (docs/decisions/017-unbilled-errors.md): a vendor does not bill a call that it refuses before any output.
// The assumption holds for the vendor's own host only, because a proxy's error may come after the work.

import { z } from 'zod'
import type { DestinationRule } from '../../../contract/snapshot.ts'
import type { UnbilledErrors } from '../provider.ts'

export const unbilledErrors = z
  .enum(['none', 'unserved', 'refusals', 'own', 'all'])
  .optional()
  .describe(
    'The errors before any output that cost nothing. `none`: every error may cost. `unserved`: errors that reject the call (401, 403, 404, 429, 503, 529). `refusals`: errors that refuse the request (4xx). `own`: refusals, and server errors in the vendor’s own form, but not those of proxies (502, 504, 52x). `all`: every error. Calls that time out or are cut off always count as billed. Default: as documented or assumed for the vendor’s own address, else `none`',
  )

/** @param hosts hosts of the vendor. `.example.com` matches every name below it */
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
