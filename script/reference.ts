// Writes the reference of the configuration, docs/reference/config.schema.json and config.md, from the schemas that read it.
//   bun script/reference.ts           writes the files
//   bun script/reference.ts --check   fails when a committed file is not what would be written

import { configurationJsonSchema, configurationManual } from '../src/control/index.ts'
import { kinds } from '../src/main/kinds.ts'

const folder = new URL('../docs/reference/', import.meta.url).pathname
const files: Readonly<Record<string, string>> = {
  'config.schema.json': `${JSON.stringify(configurationJsonSchema(kinds), null, 2)}\n`,
  'config.md': configurationManual(kinds),
}

const isCheck = process.argv.includes('--check')
const stale: string[] = []
for (const [name, text] of Object.entries(files)) {
  const file = Bun.file(`${folder}${name}`)
  if ((await file.exists()) && (await file.text()) === text) continue
  if (isCheck) stale.push(name)
  else await Bun.write(file, text)
}
if (stale.length > 0) {
  console.error(`docs/reference/${stale.join(', ')} is not what the schemas say; run: bun script/reference.ts`)
  process.exit(1)
}
