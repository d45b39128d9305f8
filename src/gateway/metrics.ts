// Prometheus metrics, derived from records as they close, and gauges that are read at each scrape. Labels are
// names from the configuration, which limits their number; invented names of callers never become labels.

import type { ExchangeRecord } from '../contract/record.ts'

export interface Metrics {
  count(record: ExchangeRecord): void
  /** A refusal that left no record of its own. */
  countAnonymous(code: string): void
  /** Registers a gauge whose samples are read at each scrape. */
  gauge(name: string, help: string, read: () => readonly Sample[]): void
  /** The text exposition format, version 0.0.4. */
  render(): string
}

export interface Sample {
  labels?: Readonly<Record<string, string>>
  value: number
}

const secondsBuckets = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300] as const
const gateBuckets = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 1] as const

const mostSeries = 10_000
/** Callers may name any model of a provider: models that the configuration does not name share one label. */
export const targetLabel = (target: string, isConfigured: (target: string) => boolean): string =>
  isConfigured(target) ? target : `${target.slice(0, target.indexOf('/'))}/(other)`

/** One row per (kind, target, outcome, code): the handle that a call resolves once. */
interface Series {
  labels: string
  exchanges: number
  inputTokens: number
  outputTokens: number
  cacheReadTokens: number
  costNano: bigint
  total: Histogram
  firstToken: Histogram
}

/** @param isConfigured does the configuration name this target (`provider/model`)? */
export function createMetrics(isConfigured: (target: string) => boolean): Metrics {
  const series = new Map<string, Series>()
  const anonymous = new Map<string, number>()
  const gate = histogram(gateBuckets)
  const gauges: { name: string; help: string; read: () => readonly Sample[] }[] = []

  function seriesOf(record: ExchangeRecord): Series {
    const target = record.target === undefined ? '' : targetLabel(record.target, isConfigured)
    const key = `${record.kind}|${target}|${record.outcome}|${record.code ?? ''}`
    const isFull = series.size >= mostSeries
    const known = series.get(key) ?? (isFull ? series.get(overflow) : undefined)
    if (known) return known
    const labels = isFull
      ? overflow
      : labelText({ kind: record.kind, target, outcome: record.outcome, code: record.code ?? '' })
    const fresh: Series = {
      labels,
      exchanges: 0,
      inputTokens: 0,
      outputTokens: 0,
      cacheReadTokens: 0,
      costNano: 0n,
      total: histogram(secondsBuckets),
      firstToken: histogram(secondsBuckets),
    }
    series.set(isFull ? overflow : key, fresh)
    return fresh
  }

  return {
    count(record) {
      const row = seriesOf(record)
      row.exchanges += 1
      row.inputTokens += record.usage?.inputTokens ?? 0
      row.outputTokens += record.usage?.outputTokens ?? 0
      row.cacheReadTokens += record.usage?.cacheReadTokens ?? 0
      if (record.costNano !== undefined) row.costNano += BigInt(record.costNano)
      row.total.add(record.times.totalMs / 1000)
      if (record.times.firstTokenMs !== undefined) row.firstToken.add(record.times.firstTokenMs / 1000)
      gate.add(record.times.gateMs / 1000)
    },
    countAnonymous: (code) => void anonymous.set(code, (anonymous.get(code) ?? 0) + 1),
    gauge: (name, help, read) => void gauges.push({ name, help, read }),
    render() {
      const rows = [...series.values()]
      const out: string[] = []
      const counter = (name: string, help: string, value: (row: Series) => string) => {
        out.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`)
        for (const row of rows) out.push(`${name}{${row.labels}} ${value(row)}`)
      }
      counter('gatehouse_exchanges_total', 'Closed exchanges.', (row) => String(row.exchanges))
      counter('gatehouse_input_tokens_total', 'Input tokens, cached ones included.', (row) =>
        String(row.inputTokens),
      )
      counter('gatehouse_output_tokens_total', 'Output tokens, reasoning included.', (row) =>
        String(row.outputTokens),
      )
      counter(
        'gatehouse_cache_read_tokens_total',
        'Input tokens that the provider read from its cache.',
        (row) => String(row.cacheReadTokens),
      )
      counter('gatehouse_cost_usd_total', 'Cost in US dollars, by the catalog or your prices.', (row) =>
        dollars(row.costNano),
      )
      out.push(
        '# HELP gatehouse_refusals_total Refusals before the key was known.',
        '# TYPE gatehouse_refusals_total counter',
      )
      for (const [code, count] of anonymous)
        out.push(`gatehouse_refusals_total{${labelText({ code })}} ${count}`)
      renderHistogram(
        out,
        'gatehouse_exchange_seconds',
        'Seconds from the first header of the request to the last byte of the response.',
        rows.map((row) => [row.labels, row.total]),
      )
      renderHistogram(
        out,
        'gatehouse_first_token_seconds',
        'Seconds from the first header of the request to the first output.',
        rows.filter((row) => row.firstToken.count > 0).map((row) => [row.labels, row.firstToken]),
      )
      renderHistogram(
        out,
        'gatehouse_gate_seconds',
        'Seconds that the gateway itself took before it dialed an upstream.',
        [['', gate]],
      )
      for (const { name, help, read } of gauges) {
        out.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
        for (const sample of read())
          out.push(`${name}${sample.labels ? `{${labelText(sample.labels)}}` : ''} ${sample.value}`)
      }
      return `${out.join('\n')}\n`
    },
  }
}

const overflow = 'kind="other"'

interface Histogram {
  readonly bounds: readonly number[]
  readonly counts: number[]
  count: number
  sum: number
  add(value: number): void
}

function histogram(bounds: readonly number[]): Histogram {
  const self: Histogram = {
    bounds,
    counts: bounds.map(() => 0),
    count: 0,
    sum: 0,
    add(value) {
      self.count += 1
      self.sum += value
      for (let index = 0; index < bounds.length; index += 1) {
        if (value > (bounds[index] ?? 0)) continue
        self.counts[index] = (self.counts[index] ?? 0) + 1
        return
      }
    },
  }
  return self
}

function renderHistogram(
  out: string[],
  name: string,
  help: string,
  rows: readonly (readonly [string, Histogram])[],
): void {
  out.push(`# HELP ${name} ${help}`, `# TYPE ${name} histogram`)
  for (const [labels, row] of rows) {
    const prefix = labels ? `${labels},` : ''
    let below = 0
    row.bounds.forEach((bound, index) => {
      below += row.counts[index] ?? 0
      out.push(`${name}_bucket{${prefix}le="${bound}"} ${below}`)
    })
    out.push(
      `${name}_bucket{${prefix}le="+Inf"} ${row.count}`,
      `${name}_sum${labels ? `{${labels}}` : ''} ${row.sum}`,
      `${name}_count${labels ? `{${labels}}` : ''} ${row.count}`,
    )
  }
}

const labelText = (labels: Readonly<Record<string, string>>) =>
  Object.entries(labels)
    .map(
      ([name, value]) =>
        `${name}="${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`,
    )
    .join(',')

/** Nano-dollars as dollars, exact to the ninth place. */
const dollars = (nano: bigint) =>
  `${nano / 1_000_000_000n}.${(nano % 1_000_000_000n).toString().padStart(9, '0')}`
