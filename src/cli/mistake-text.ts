// A mistake as editors and terminals jump to it: `gatehouse.yaml:12:5 error: models.fast: unknown target …`,
// the fix below.

import type { Mistake } from '../contract/admin-api.ts'
import { plain } from './terminal/plain.ts'

export function mistakeText({ file, line, column, severity, path, message, fix }: Mistake): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}:${column ?? 1}`} `
  const words = `${place}${severity === undefined ? '' : `${severity}: `}${path === '' ? '' : `${path}: `}${message}`
  return fix === undefined ? plain(words) : `${plain(words)}\n    ${plain(fix)}`
}
