// Tests that the generated reference matches the schemas and is complete.

import { expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { configurationJsonSchema, configurationManual } from '../../src/control/index.ts'
import { kinds } from '../../src/main/kinds.ts'

const reference = join(import.meta.dir, '../../docs/reference')

test('the committed JSON Schema and manual are up to date', () => {
  expect(readFileSync(join(reference, 'config.schema.json'), 'utf8')).toBe(
    `${JSON.stringify(configurationJsonSchema(kinds), null, 2)}\n`,
  )
  expect(readFileSync(join(reference, 'config.md'), 'utf8')).toBe(configurationManual(kinds))
})

test('every kind is in the manual, and every setting has a meaning', () => {
  const manual = configurationManual(kinds)
  const titled = new Set(
    [...manual.matchAll(/^### kind: (.*)$/gm)].flatMap(([, names = '']) => names.split(', ')),
  )
  expect(
    [...(kinds.destinations.providers ?? []), ...kinds.guards].flatMap(({ kind }) =>
      titled.has(kind) ? [] : [kind],
    ),
  ).toEqual([])
  for (const { kind } of kinds.credentials) expect(manual).toContain(`### credential.kind: ${kind}\n`)
  const silent = manual
    .split('\n')
    .filter((row) => row.startsWith('| `') && /\|\s+\|$/.test(row) && !row.includes('test[]'))
  expect(silent).toEqual([])
})
