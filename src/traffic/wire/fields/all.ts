// Several fields of one form below one path.

import type { Form } from './form.ts'
import type { FormTable } from './tree.ts'

/** @param names with blanks between them */
export function all(path: string, names: string, form: Form): FormTable {
  const before = path === '' ? '' : `${path}.`
  return Object.fromEntries(names.split(' ').map((name) => [before + name, form]))
}
