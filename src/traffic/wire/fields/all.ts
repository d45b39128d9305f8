// Several fields with the same form below one path.

import type { Form } from './form.ts'
import type { FormTable } from './tree.ts'

/** @param names separated by spaces */
export function all(path: string, names: string, form: Form): FormTable {
  const before = path === '' ? '' : `${path}.`
  return Object.fromEntries(names.split(' ').map((name) => [before + name, form]))
}
