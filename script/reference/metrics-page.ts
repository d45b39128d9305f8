// docs/reference/metrics.md, from what /metrics prints of a gateway that carried one call.

import type { ExchangeRecord } from '../../src/contract/record.ts'
import { createMetrics } from '../../src/gateway/metrics.ts'
import { registerGauges } from '../../src/main/gauges.ts'

const record: ExchangeRecord = {
  id: '01930000-0000-7000-8000-000000000001',
  at: 0,
  kind: 'model.generate',
  resource: { kind: 'model', name: 'fast' },
  dialect: 'openai-chat',
  isStream: false,
  outcome: 'ok',
  status: 200,
  target: 'openai/gpt-5-mini',
  attempts: [],
  requestBytes: 1,
  replyBytes: 1,
  times: { gateMs: 1, firstTokenMs: 1, totalMs: 1 },
}

export function metricsPage(): string {
  const rows = families(sample()).map(
    ({ name, kind, labels, help }) =>
      `| \`${name}\` | ${kind} | ${labels.map((label) => `\`${label}\``).join(', ') || '-'} | ${help} |`,
  )
  return `# Metrics

Generated from what \`/metrics\` prints by \`script/reference.ts\`. The format is Prometheus text. The path needs no key, so do not expose it to the public.

Counters and histograms count records when calls close. Labels have only names of your configuration, never text of callers.

| metric | type | labels | meaning |
|---|---|---|---|
${rows.join('\n')}
`
}

function sample(): string {
  const counted = createMetrics(() => true)
  const target = { target: 'openai/gpt-5-mini', state: 'closed' as const, inFlight: 0 }
  registerGauges(counted, {
    isConfigured: () => true,
    connections: { count: () => 0 },
    runningCalls: { count: () => 0 },
    recorder: { journal: { stats: () => ({ queuedBytes: 0, unsyncedBytes: 0, segment: 1 }) } },
    admission: { status: () => ({ buckets: 0, isStoreDown: false }) },
    health: { report: () => [target] },
  })
  counted.count(record)
  counted.countAnonymous('bad-key')
  return counted.render()
}

function families(text: string) {
  return [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)\n(?:\S+?\{(.*)\} )?/gm)].map(
    ([, name = '', help = '', kind = '', labels = '']) => ({
      name,
      help,
      kind,
      labels: [...labels.matchAll(/(\w+)="/g)]
        .map((found) => found[1] ?? '')
        .filter((label) => label !== 'le'),
    }),
  )
}
