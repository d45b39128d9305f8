// Prints a mistake in the format that editors and terminals link to: `gatehouse.yaml:12:5 error: models.fast:
// unknown target …`, with the fix on the next line.

import type { Mistake } from '../contract/admin-api.ts'
import { plain } from './terminal/plain.ts'

export function mistakeText({ file, line, column, severity, path, message, fix }: Mistake): string {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}:${column ?? 1}`} `
  const text = `${place}${severity === undefined ? '' : `${severity}: `}${path === '' ? '' : `${path}: `}${message}`
  return fix === undefined ? plain(text) : `${plain(text)}\n    ${plain(fix)}`
}
