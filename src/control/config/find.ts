// Finds the configuration file: `--config`, else `$GATEHOUSE_CONFIG`, else `./gatehouse.yaml`, else none.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Environment } from './environment.ts'

const usualFile = 'gatehouse.yaml'

/**
 * @returns an absolute path, or undefined without a file. A file that was named but does not exist is returned
 * too, so that reading it reports the error.
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
