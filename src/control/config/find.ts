// Which file is the configuration: `--config`, else `$GATEHOUSE_CONFIG`, else `./gatehouse.yaml`, else none.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from './environment.ts'

const usualFile = 'gatehouse.yaml'

/**
 * @returns an absolute path; undefined for none. A file that is named and does not exist is still returned:
 * reading it is the error.
 */
export function findConfiguration(
  named: string | undefined,
  environment: Environment,
  folder: string,
): string | undefined {
  const chosen = named ?? (environment['GATEHOUSE_CONFIG'] || undefined)
  if (chosen !== undefined) return resolve(folder, chosen)
  const usual = resolve(folder, usualFile)
  return existsSync(usual) ? usual : undefined
}
