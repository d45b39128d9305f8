// `gatehouse tail`: prints each record when it closes, until interrupted.

import type { Command } from 'commander'
import { type RecordView, recordSchema } from '../contract/admin-api.ts'
import { readEvent } from '../kit/sse.ts'
import { EventSplitter } from '../kit/sse-splitter.ts'
import { adminCommand, type AdminCommandOptions, withGateway } from './client/admin-command.ts'
import { Failure } from './failure.ts'
import { type RecordFilterOptions, recordFilters, withRecordFilters } from './record-filters.ts'
import { costText, outcomeText, timeText, tokensText } from './record-text.ts'
import { type Color, paint } from './terminal/color.ts'
import { plain } from './terminal/plain.ts'
import type { Terminal } from './terminal/terminal.ts'

interface Options extends AdminCommandOptions, RecordFilterOptions {}

const largestEventBytes = 1_048_576

export function tailCommand(program: Command, terminal: Terminal): void {
  const tail = withRecordFilters(
    adminCommand(program, {
      usage: 'tail',
      description: 'print each record when it closes, until interrupted; with --json one record per line',
      examples: [
        'gatehouse tail',
        'gatehouse tail --team research --outcome failed',
        'gatehouse tail --json | jq .costNano',
      ],
    }),
  )
  tail.action(() =>
    withGateway(terminal, tail.opts<AdminCommandOptions>(), async ({ client, isJson }) => {
      const body = await client.stream('/tail', recordFilters(tail.opts<Options>()))
      if (!isJson) terminal.warn('waiting for records; press Ctrl-C to stop')
      await follow(body, (name, data) => {
        if (name === 'dropped') terminal.warn(`gatehouse: the output is too slow, lost ${plain(data)}`)
        if (name !== 'record') return
        terminal.print(isJson ? data : line(terminal, recordSchema.parse(JSON.parse(data))))
      })
      throw new Failure('unreachable', 'the gateway ended the tail; it was stopped or restarted')
    }),
  )
}

/** Calls `receive` for each event with data, until the stream ends or the connection breaks. */
async function follow(
  body: ReadableStream<Uint8Array>,
  receive: (name: string, data: string) => void,
): Promise<void> {
  const splitter = new EventSplitter(largestEventBytes)
  const decoder = new TextDecoder()
  const reader = body.getReader()
  for (;;) {
    const { done, value } = await reader.read().catch(() => ({ done: true, value: undefined }))
    if (done || value === undefined) return
    const batch = splitter.push(value)
    let start = 0
    for (const end of batch?.ends ?? []) {
      const event = batch && readEvent(batch.bytes.subarray(start, end))
      if (event?.data) receive(event.name ?? 'message', decoder.decode(event.data))
      start = end
    }
  }
}

const colors: Readonly<Record<RecordView['outcome'], Color>> = {
  ok: 'green',
  refused: 'yellow',
  failed: 'red',
  canceled: 'dim',
  cut: 'red',
}

function line(terminal: Terminal, record: RecordView): string {
  const route =
    record.target === undefined || record.target === record.resource.name
      ? record.resource.name
      : `${record.resource.name} -> ${record.target}`
  const outcome = paint(terminal, colors[record.outcome], plain(outcomeText(record)))
  const rest = [
    `${tokensText(record)} tokens`,
    costText(record),
    `${record.times.totalMs.toFixed(0)} ms`,
    record.id,
  ]
  return [
    timeText(record.at),
    outcome,
    String(record.status),
    plain(record.key ?? '-'),
    plain(route),
    ...rest.map(plain),
  ].join('  ')
}
