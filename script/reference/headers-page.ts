// docs/reference/headers.md: which of a provider's response headers clients see.

import { passedResponseHeaders } from '../../src/traffic/llm/wire/response-headers.ts'

export function headersPage(): string {
  const rows = passedResponseHeaders.map(
    ({ name, meaning, isOfErrors, source }) =>
      `| \`${name}\` | ${meaning}${isOfErrors ? ' (error responses only)' : ''} | ${source} |`,
  )
  return `# Response headers

Generated from \`src/traffic/llm/wire/reply-headers.ts\` by \`script/reference.ts\`.

Of a provider's headers, clients receive only these. A value that does not have the form of its header (an id, a number, a limit) is dropped, too.

| header | meaning | source |
|---|---|---|
${rows.join('\n')}

Gatehouse adds these headers:

| header | meaning |
|---|---|
| \`x-gatehouse-exchange\` | id of the call's record |
| \`x-gatehouse-run\` | the run that the call belongs to |
| \`x-gatehouse-target\` | the provider and model that served the call |
| \`x-gatehouse-losses\` | fields of the request that the translation dropped |
| \`x-gatehouse-estimated\` | the provider reported no usage, so the counts are estimates |
`
}
