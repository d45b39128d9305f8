// A mistake as editors and terminals jump to it: `gatehouse.yaml:12: models.fast: unknown target …`.

import type { Mistake } from '../contract/admin-api.ts'
import { plain } from './terminal/plain.ts'

export const mistakeText = ({ file, line, path, message }: Mistake): string =>
  plain([file === undefined ? '' : `${file}:${line === undefined ? '' : `${line}:`} `, path === '' ? '' : `${path}: `, message].join(''))
