// docs/reference/errors.md, from the table of errors and the words of each dialect.

import { z } from 'zod'
import { type ErrorCode, type ErrorRow, errorTable, GatewayError } from '../../src/contract/errors.ts'
import { wordError } from '../../src/traffic/llm/wire/openai/wording.ts'

const faults: Readonly<Record<ErrorRow['fault'], { title: string; who: string }>> = {
  caller: { title: 'The caller', who: 'Who calls has to change something.' },
  policy: {
    title: 'Policies and guards',
    who: 'A rule said no, or could not be asked. Who made the rules has to look.',
  },
  money: {
    title: 'Limits and budgets',
    who: 'Something is used up. It comes back with time, or an administrator raises it.',
  },
  upstream: {
    title: 'The provider',
    who: 'The vendor or server behind Gatehouse. Only these count against its circuit breaker.',
  },
  gateway: { title: 'The gateway', who: 'Gatehouse itself: who operates it has to look.' },
}

export function errorsPage(): string {
  const sections = Object.entries(faults).map(([fault, { title, who }]) => {
    const rows = entries.filter(([, row]) => row.fault === fault).map(([code, row]) => rowOf(code, row))
    return `## ${title}\n\n${who}\n\n| code | status | the same call again? | OpenAI's \`type\` and \`code\` | meaning |\n|---|---|---|---|---|\n${rows.join('\n')}\n`
  })
  return `# Errors

Generated from \`src/contract/errors.ts\` by \`script/reference.ts\`. What to do about each: [On call](../guides/on-call.md).

Every refusal and failure that Gatehouse words has one of these codes. It stands on the record (\`gatehouse records list --outcome refused\`) and in the metrics.
The caller gets it in the shape of the dialect, so that official SDKs raise their own typed errors:

- The body is \`{"error": {"message", "type", "param", "code"}}\`. The message says what was wrong, with which value, and the fix.
- \`x-gatehouse-exchange\` names the record: \`gatehouse records show ID\`.
- \`x-should-retry\` says whether the same call may succeed later without anybody changing anything; the official SDKs obey it. \`retry-after\` is in seconds.
- A stream that fails after its first byte keeps its status 200 and ends with one event \`data: {"error": …}\` and no \`[DONE]\`; SDKs raise it as an error.
- What a provider itself answers with an error is passed on with its own status and body, unless a fallback makes up for it.

${sections.join('\n')}`
}

const isCode = (text: string): text is ErrorCode => text in errorTable
const entries = Object.keys(errorTable)
  .filter(isCode)
  .map((code): [ErrorCode, ErrorRow] => [code, errorTable[code]])
const worded = z.object({ error: z.object({ type: z.string(), code: z.string() }) })

function rowOf(code: ErrorCode, { status, isRetryable, meaning }: ErrorRow): string {
  const { error } = worded.parse(JSON.parse(wordError(new GatewayError(code, '')).body))
  const isSent = !/stands on the record/i.test(meaning)
  return `| \`${code}\` | ${status} | ${isRetryable ? 'may succeed later' : 'no'} | ${isSent ? `\`${error.type}\`, \`${error.code}\`` : 'never sent'} | ${meaning} |`
}
