// Tests configured prices: which pattern counts, free targets, prices without tokens, and rates that are
// wrong by a factor of a million.

import { describe, expect, test } from 'bun:test'
import { kinds } from '../../src/main/kinds.ts'
import { createTargetMaker } from '../../src/main/targets.ts'
import { compileText } from './compiling.ts'

const head = `version: 1
providers:
  openai: { kind: openai, key: "\${OPENAI_API_KEY}" }
  tools: { kind: openai-compatible, url: "http://127.0.0.1:9/v1" }
  tools2: { kind: openai-compatible, url: "http://127.0.0.1:8/v1" }
`

function compiled(prices: string, models = '  local: tools/named') {
  const { compiled: found, problems } = compileText(`${head}models:\n${models}\nprices:\n${prices}\n`)
  if (!found) throw new Error(JSON.stringify(problems))
  const { snapshot } = found.rules
  const make = createTargetMaker(snapshot)
  /** The prices of a target that the rules or a caller names. */
  const pricesOf = (id: string) => {
    const [provider = '', model = ''] = id.split('/')
    const destination = snapshot.destinations[provider]
    if (!destination) throw new Error(`no ${provider}`)
    return (snapshot.targets[id] ?? make(destination, model)).prices
  }
  return { snapshot, problems, pricesOf }
}

const patterns = [
  '  tools/search: { request: 1 }',
  '  tools/search*: { request: 2 }',
  '  tools/*: { request: 3 }',
  '  tools*/search-all: { request: 4 }',
  '  "*/*": { request: 5 }',
  '  tools/*-all: { request: 6 }',
]

describe('a pattern prices the targets that it matches', () => {
  test.each([
    ['by name', 'tools/search', 1],
    ['more characters', 'tools/search-one', 2],
    ['more characters, whichever side', 'tools/search-all', 2],
    ['a provider that is named', 'tools/list-all', 6],
    ['a whole provider', 'tools/other', 3],
    ['a pattern of providers', 'tools2/search-all', 4],
    ['everything else', 'tools2/other', 5],
    ['a target that a model names', 'tools/named', 3],
  ])('%s: %s', (_name, id, dollars) => {
    for (const order of [patterns, [...patterns].reverse()])
      expect(compiled(order.join('\n')).pricesOf(id)).toEqual([{ request: dollars * 1_000_000_000 }])
  })

  test('of two equally specific patterns, the first in the alphabet counts, in any order in the file', () => {
    const two = ['  tools/a*: { request: 1 }', '  tools/*a: { request: 2 }']
    for (const order of [two, [...two].reverse()])
      expect(compiled(order.join('\n')).pricesOf('tools/aa')).toEqual([{ request: 2_000_000_000 }])
  })

  test('a star matches within one part, and the price of a model entry overrides a pattern', () => {
    const { pricesOf, problems } = compiled(
      '  "*/x": { request: 1 }',
      '  local: { targets: [{ target: tools/x, price: free }, tools/org/x] }',
    )
    expect(problems).toEqual([])
    expect(pricesOf('tools/x')).toEqual([{ isFree: true }])
    expect(pricesOf('tools2/x')).toEqual([{ request: 1_000_000_000 }])
    expect(pricesOf('tools/other')).toEqual([])
  })

  test('a changed price changes the version', () => {
    expect(compiled('  tools/*: free').snapshot.version).not.toBe(
      compiled('  tools/*: { request: 1 }').snapshot.version,
    )
  })
})

describe('a price without tokens', () => {
  test('a price without tokens is complete, or keeps the token price of the catalog', () => {
    const { pricesOf } = compiled(
      '  tools/named: { fees: { image: 0.04 } }\n  openai/gpt-5-mini: { request: 0.002, fees: { image: 0.04 } }',
    )
    expect(pricesOf('tools/named')).toEqual([{ fees: { image: 40_000_000 } }])
    const known = kinds.lookup('openai', 'gpt-5-mini')?.prices.at(-1)
    expect(known?.input).toBeGreaterThan(0)
    expect(pricesOf('openai/gpt-5-mini').at(-1)).toEqual({
      ...known,
      request: 2_000_000,
      fees: { ...known?.fees, image: 40_000_000 },
    })
  })

  test('a target with the price free costs nothing, even if the catalog knows its price', () => {
    expect(compiled('  openai/*: free').pricesOf('openai/gpt-5-mini')).toEqual([{ isFree: true }])
  })
})

describe('mistakes', () => {
  const problemsOf = (prices: string, models = '  local: tools/named') =>
    compileText(`${head}models:\n${models}\nprices:\n${prices}\n`).problems.map(
      ({ severity, line, path, message, fix }) => `${severity} ${line} ${path}: ${message}; ${fix}`,
    )

  test.each<[string, string]>([
    [
      '  tools/x: { input: 0.00000025, output: 2 }',
      'warning 9 prices.tools/x.input: $0.00000025 per million tokens is unusually low; prices are per million tokens, not per token; did you mean 0.25?',
    ],
    [
      '  tools/x: { input: 1, output: 2000000 }',
      'warning 9 prices.tools/x.output: $2000000.00 per million tokens is unusually high; prices are in USD per million tokens',
    ],
    [
      '  openai/gpt-5-mini: { input: 250, output: 2000 }',
      'warning 9 prices.openai/gpt-5-mini.input: $250.00 per million tokens is unusually high; the catalog has $0.25; prices are in USD per million tokens',
    ],
    [
      '  nobody*/x: free',
      'warning 9 prices.nobody*/x: "nobody*/x" matches no provider; providers: openai, tools, tools2',
    ],
    ['  tool/x: free', 'error 9 prices.tool/x: there is no provider "tool"; did you mean "tools/x"?'],
    [
      '  tools: free',
      'error 9 prices.tools: "tools" is not a target; write provider/model, like openai/gpt-5-mini, or a pattern, like github/*',
    ],
    [
      '  tools/x: fre',
      'error 9 prices.tools/x: this is not a price; write free, or a map like { input: 0.25, output: 2 } in USD per million tokens',
    ],
    [
      '  tools/x: {}',
      'error 9 prices.tools/x: the price is empty; write { input: 0.25, output: 2 } for tokens, { request: 0.002 } or { fees: { image: 0.04 } } for others, or free',
    ],
    [
      '  tools/x: { output: 1 }',
      'error 9 prices.tools/x.input: it is missing; write a number: a price of tokens has "input" and "output"',
    ],
    [
      '  tools/x: { fees: { request: 1 } }',
      'error 9 prices.tools/x.fees.request: "request" is not a fee; write "request" next to "fees"; it is the price of each request',
    ],
    [
      '  tools/x: { fees: { Image: 1 } }',
      'error 9 prices.tools/x.fees.Image: "Image" is not a unit; write it in lower case, like web_search, image or second',
    ],
  ])('%s', (prices, problem) => expect(problemsOf(prices)).toContain(problem))

  test('the price of a model entry is checked, and a usual price causes no warning', () => {
    expect(
      problemsOf(
        '  tools/x: { input: 0, output: 0.001 }',
        '  local: { targets: [{ target: tools/y, price: { input: 0.0000003, output: 1 } }] }',
      ),
    ).toEqual([
      expect.stringContaining(
        'models.local.targets[0].price.input: $0.0000003 per million tokens is unusually low',
      ),
    ])
  })
})
