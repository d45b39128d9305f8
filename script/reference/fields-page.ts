// docs/reference/fields.md: the fields that guards do not read, and those that are media or tools, from the
// tables of the dialects.

import { forms as kinds } from '../../src/traffic/wire/fields/form.ts'
import type { FormKind } from '../../src/traffic/wire/fields/form.ts'
import type { FormTable } from '../../src/traffic/wire/fields/tree.ts'
import type { DialectTable } from '../../src/traffic/llm/fields/index.ts'
import { table as anthropicMessages } from '../../src/traffic/llm/dialects/anthropic-messages/request/table.ts'
import { forms as anthropicResponse } from '../../src/traffic/llm/dialects/anthropic-messages/response/forms.ts'
import { table as geminiEmbeddings } from '../../src/traffic/llm/dialects/gemini/embeddings/request/table.ts'
import { table as gemini } from '../../src/traffic/llm/dialects/gemini/request/table.ts'
import { forms as geminiResponse } from '../../src/traffic/llm/dialects/gemini/response/forms.ts'
import { table as openaiChat } from '../../src/traffic/llm/dialects/openai-chat/request/table.ts'
import { forms as chatResponse } from '../../src/traffic/llm/dialects/openai-chat/response/forms.ts'
import { table as openaiEmbeddings } from '../../src/traffic/llm/dialects/openai-embeddings/request/table.ts'
import { table as openaiResponses } from '../../src/traffic/llm/dialects/openai-responses/request/table.ts'
import { forms as responsesResponse } from '../../src/traffic/llm/dialects/openai-responses/response/forms.ts'
import { forms as embeddingsResponse } from '../../src/traffic/llm/dialects/openai-embeddings/response/view.ts'

function formsOf({ rows }: DialectTable): FormTable {
  return Object.fromEntries(
    Object.entries(rows).flatMap(([path, { form }]) => (form ? [[path, form] as const] : [])),
  )
}

const pages: readonly [title: string, table: FormTable][] = [
  ['OpenAI chat, request', formsOf(openaiChat)],
  ['OpenAI chat, response', chatResponse],
  ['OpenAI Responses, request', formsOf(openaiResponses)],
  ['OpenAI Responses, response', responsesResponse],
  ['Anthropic Messages, request', formsOf(anthropicMessages)],
  ['Anthropic Messages, response', anthropicResponse],
  ['Gemini, request', formsOf(gemini)],
  ['Gemini, response', geminiResponse],
  ['OpenAI embeddings, request', formsOf(openaiEmbeddings)],
  ['OpenAI embeddings, response', embeddingsResponse],
  ['Gemini embeddings, request', formsOf(geminiEmbeddings)],
]

/** These are read like what no table lists. */
const plain: ReadonlySet<FormKind> = new Set<FormKind>(['text', 'schema', 'free'])

export function fieldsPage(): string {
  const rows = Object.entries(kinds).map(
    ([kind, { guards, isMachineMade, isFixed, meaning }]) =>
      `| ${kind} | ${meaning} | ${guards === 'no' ? 'no' : `as ${guards}`} | ${isMachineMade ? 'yes' : 'no'} | ${isFixed ? 'refuses the call' : 'changes it'} |`,
  )
  return `# What guards read

Generated from the tables of the dialects by \`script/reference.ts\`. For their findings, see [Guards](guards.md).

A guard reads every text of a request and of a response that a model or a person can read, including the names of members. This page lists the members that it
does not read. A guard skips such a member only if the value has the form of its field: a card number in place of an id is read. Guards read every member that is
not on this page. They do not read numbers with fewer than eight characters.

Guards never change ids, constants of a dialect, names of tools and signatures. A finding in one of them refuses the request, or stops the response, with
\`guard-blocked\` and the path of the field.

| form | value | read by guards | machine-made | redacting a finding in another value |
|---|---|---|---|---|
${rows.join('\n')}

## Media and tools

\`operation.media\` has the kinds of media in the conversation: \`image\`, \`audio\`, \`video\`, \`file\`. \`operation.tools\` has the names of the tools that a
request offers or refers to.

- A block, part or item of an unlisted type is a \`file\`, and guards refuse it unless they have \`onError: open\`.
- An unlisted member of the conversation is a \`file\` if it is an object, a list, or one long word (an address, an id, base64).
- An unlisted member at the top of a request is a tool with the name of the member if it is an object, a list or \`true\`. Under a hard budget its cost has no
  bound, as with members that make the provider search (\`web_search_options\`, \`plugins\`).
- No guard reads media. \`onError: closed\` refuses them, in responses too. The default, \`closed-for-text\`, lets listed kinds pass.

Headers that go to a provider (\`anthropic-version\`, \`anthropic-beta\`, and with a caller's own credential \`openai-organization\` and \`openai-project\`) must be
dates or short names, and guards read them. When guards read a stream, Gatehouse drops its comments, ids and retry times, and the names of events that the data
does not repeat.

${pages.map(([title, table]) => `## ${title}\n\n| form | members | of |\n|---|---|---|\n${linesOf(table).join('\n')}\n`).join('\n')}`
}

/** A row for each form and each set of members; the same set in several places is one row. */
function linesOf(table: FormTable): string[] {
  const members = new Map<string, string[]>()
  for (const [path, { kind }] of Object.entries(table)) {
    if (plain.has(kind)) continue
    const cut = path.lastIndexOf('.')
    const place = `${kind} ${cut < 0 ? '' : path.slice(0, cut)}`
    members.set(place, [...(members.get(place) ?? []), path.slice(cut + 1)])
  }
  const places = new Map<string, string[]>()
  for (const [place, names] of members) {
    const [kind = '', parent = ''] = place.split(' ')
    const row = `| ${kind} | ${names.toSorted().map(quoted).join(', ')}`
    places.set(row, [...(places.get(row) ?? []), parent === '' ? 'the top' : quoted(parent)])
  }
  return [...places].map(([row, parents]) => `${row} | ${parents.toSorted().join(', ')} |`).toSorted()
}

const quoted = (text: string) => `\`${text}\``
