// Writes docs/reference/admin-openapi.json from the routes. With --check it only reports whether the committed
// copy is current (exit 1 if not).

import { adminDocument } from '../src/control/openapi.ts'

const file = Bun.file(new URL('../docs/reference/admin-openapi.json', import.meta.url))
const current = `${JSON.stringify(adminDocument(), null, 2)}\n`

if (!process.argv.includes('--check')) {
  await Bun.write(file, current)
} else if (!(await file.exists()) || (await file.text()) !== current) {
  console.error('docs/reference/admin-openapi.json is stale; run: bun script/openapi.ts')
  process.exitCode = 1
}
