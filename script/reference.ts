// Writes the pages of docs/reference that are generated from the code: configuration, errors, command line,
// guards, losses of translations, metrics, providers.
//   bun script/reference.ts           writes the files
//   bun script/reference.ts --check   fails when a committed file differs from the generated text

import { configurationJsonSchema, configurationManual } from '../src/control/index.ts'
import { kinds } from '../src/main/kinds.ts'
import { cliPage } from './reference/cli-page.ts'
import { errorsPage } from './reference/errors-page.ts'
import { fieldsPage } from './reference/fields-page.ts'
import { guardsPage } from './reference/guards-page.ts'
import { headersPage } from './reference/headers-page.ts'
import { lossesPage } from './reference/losses-page.ts'
import { metricsPage } from './reference/metrics-page.ts'
import { providersPage } from './reference/providers-page.ts'

const folder = new URL('../docs/reference/', import.meta.url).pathname
const files: Readonly<Record<string, string>> = {
  'config.schema.json': `${JSON.stringify(configurationJsonSchema(kinds), null, 2)}\n`,
  'config.md': configurationManual(kinds),
  'errors.md': errorsPage(),
  'cli.md': cliPage(),
  'fields.md': fieldsPage(),
  'guards.md': guardsPage(),
  'headers.md': headersPage(),
  'losses.md': lossesPage(),
  'metrics.md': metricsPage(),
  'providers.md': providersPage(),
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
  console.error(`docs/reference/${stale.join(', ')} is not what the code says; run: bun script/reference.ts`)
  process.exit(1)
}
