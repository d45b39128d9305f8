// Writes docs/reference/errors.md from the table of errors and OpenAI's form of each.

import { z } from 'zod'
import { type ErrorCode, type ErrorRow, errorTable, GatewayError } from '../../src/contract/errors.ts'
import { writeError } from '../../src/traffic/llm/wire/openai/wording.ts'

const faults: Readonly<Record<ErrorRow['fault'], { title: string; toDo: string }>> = {
  caller: { title: 'The caller', toDo: 'The caller must change something.' },
  policy: {
    title: 'Policies and guards',
    toDo: 'A rule refused the call, or could not be evaluated. Check the rules.',
  },
  money: {
    title: 'Limits and budgets',
    toDo: 'A limit or budget is used up. It is free again after some time, or an administrator raises it.',
  },
  upstream: {
    title: 'The provider',
    toDo: 'The provider failed. Only these errors count against its circuit breaker.',
  },
  gateway: { title: 'The gateway', toDo: 'Gatehouse itself cannot serve the call. Its operator must act.' },
}

export function errorsPage(): string {
  const sections = Object.entries(faults).map(([fault, { title, toDo }]) => {
    const rows = entries.filter(([, row]) => row.fault === fault).map(([code, row]) => rowOf(code, row))
    return `## ${title}\n\n${toDo}\n\n| code | status | retry | OpenAI's \`type\` and \`code\` | meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Errors

Generated from \`src/contract/errors.ts\` by \`script/reference.ts\`. What to do about each: [On call](../guides/on-call.md).

Every refusal or failure that Gatehouse itself causes has one of these codes. Records (\`gatehouse records list --outcome refused\`) and metrics show the code.
The client gets it in the format of its dialect, so that official SDKs raise their own typed errors. In OpenAI's dialects:

- The body is \`{"error": {"message", "type", "param", "code"}}\`. The message states what is wrong, with which value, and how to fix it.
- \`x-gatehouse-exchange\` is the id of the record: \`gatehouse records show ID\`.
- \`x-should-retry\` states whether the same call may succeed later without any change. The official SDKs obey it. \`retry-after\` is in seconds.
- If a stream fails after its first byte, its status remains 200. It ends with one event \`data: {"error": …}\` and without \`[DONE]\`; SDKs raise it as an error.
- If the provider itself responds with an error, its status and body are passed on, unless a fallback succeeds.

${sections.join('\n')}`
}

const isCode = (text: string): text is ErrorCode => text in errorTable
const entries = Object.keys(errorTable)
  .filter(isCode)
  .map((code): [ErrorCode, ErrorRow] => [code, errorTable[code]])
const errorBody = z.object({ error: z.object({ type: z.string(), code: z.string() }) })

function rowOf(code: ErrorCode, { status, isRetryable, isSent = true, meaning }: ErrorRow): string {
  const { error } = errorBody.parse(JSON.parse(writeError(new GatewayError(code, '')).body))
  return `| \`${code}\` | ${status} | ${isRetryable ? 'may succeed later' : 'no'} | ${isSent ? `\`${error.type}\`, \`${error.code}\`` : 'never sent'} | ${meaning} |`
}
