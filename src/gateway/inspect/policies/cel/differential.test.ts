// Our closures against @bufbuild/cel's own evaluator, on generated expressions: both must agree on every
// value and on whether there is an error.

import type { CelInput } from '@bufbuild/cel'
import { celEnv, celFunc, CelScalar, isCelError, isCelList, isCelMap, parse, plan } from '@bufbuild/cel'
import { expect, test } from 'bun:test'
import * as fc from 'fast-check'
import type { DecisionInput } from '../../../../contract/decide.ts'
import { compileCondition, Fault } from './condition.ts'

const input: DecisionInput = {
  phase: 'request',
  subject: {
    key: 'ci',
    person: 'anna',
    workload: 'robot',
    team: 'research',
    teamPath: ['research', 'engineering', 'all'],
    tags: { cost: 'r42', stage: 'test' },
    claims: {
      level: 3,
      admin: true,
      groups: ['red', 'blue'],
      nested: { deep: 'yes' },
      none: null,
      ratio: 0.5,
    },
  },
  operation: {
    kind: 'model.generate',
    direction: 'forward',
    dialect: 'openai-chat',
    isStreaming: true,
    bytes: 1234,
    resource: { kind: 'model', name: 'openai/gpt-5' },
    facts: { tools: ['search', 'shell', 'sum'], media: ['image'], maxOutputTokens: 500 },
  },
  traits: () => ['eu'],
  run: {
    calls: 3,
    depth: 1,
    tokens: 900,
    costNano: 2_500_000_000n,
    startedAt: Date.UTC(2026, 10, 23, 14, 30) - 90_000,
    findings: ['pii/email'],
    marks: ['untrusted-input'],
  },
  findings: [
    { guard: 'g', label: 'pii/email', channel: 'a', start: 0, end: 1 },
    { guard: 'g', label: 'pii/card', channel: 'a', start: 2, end: 3 },
  ],
  address: '10.0.0.7',
  at: Date.UTC(2026, 10, 23, 14, 30),
}

const bindings: Record<string, CelInput> = {
  subject: {
    key: 'ci',
    person: 'anna',
    workload: 'robot',
    team: 'research',
    teams: ['research', 'engineering', 'all'],
    tags: { ...input.subject.tags },
    claims: {
      level: 3,
      admin: true,
      groups: ['red', 'blue'],
      nested: { deep: 'yes' },
      none: null,
      ratio: 0.5,
    },
  },
  resource: { kind: 'model', name: 'openai/gpt-5', traits: ['eu'] },
  operation: {
    kind: 'model.generate',
    direction: 'forward',
    dialect: 'openai-chat',
    streaming: true,
    bytes: 1234n,
    maxOutputTokens: 500n,
    tools: ['search', 'shell', 'sum'],
    media: ['image'],
    arguments: {},
  },
  run: {
    calls: 3n,
    depth: 1n,
    tokens: 900n,
    cost: 2.5,
    seconds: 90n,
    findings: ['pii/email'],
    marks: ['untrusted-input'],
  },
  request: { address: '10.0.0.7', hour: 14n, weekday: 1n },
  phase: 'request',
}
const isMeant = (label: string) => (finding: { label: string }) =>
  finding.label === label || finding.label.startsWith(`${label}/`)
const oracleEnv = celEnv({
  funcs: [
    celFunc('content.has', [CelScalar.STRING], CelScalar.BOOL, (label) =>
      input.findings.some(isMeant(label)),
    ),
    celFunc('content.count', [CelScalar.STRING], CelScalar.INT, (label) =>
      BigInt(input.findings.filter(isMeant(label)).length),
    ),
  ],
})

// one depth over all kinds of expression, so that they stay small enough to read when they fail
const bounded = { maxDepth: 4, depthIdentifier: fc.createDepthIdentifier(), depthSize: 'max' } as const

const { boolean, text, number } = fc.letrec<{
  boolean: string
  text: string
  number: string
  real: string
  texts: string
  numbers: string
  any: string
}>((tie) => {
  const infix = (operand: fc.Arbitrary<string>, ...operators: string[]) =>
    fc
      .tuple(operand, fc.constantFrom(...operators), operand)
      .map(([left, operator, right]) => `(${left} ${operator} ${right})`)
  const choose = (operand: fc.Arbitrary<string>) =>
    fc.tuple(tie('boolean'), operand, operand).map(([test, yes, no]) => `(${test} ? ${yes} : ${no})`)
  const literal = fc.constantFrom(
    '"a"',
    '"research"',
    "'s'",
    '""',
    '"search"',
    '"red"',
    '"é😀"',
    '"A\\u0042"',
  )
  const macro = (list: fc.Arbitrary<string>, body: (variable: string) => fc.Arbitrary<string>) =>
    fc
      .tuple(list, fc.constantFrom('all', 'exists', 'exists_one'), body('x'))
      .map(([over, name, inner]) => `${over}.${name}(x, ${inner})`)
  return {
    text: fc.oneof(
      bounded,
      fc.oneof(
        literal,
        fc.constantFrom(
          'subject.team',
          'subject.key',
          'resource.name',
          'phase',
          'subject.tags.cost',
          'subject.tags["stage"]',
          'subject.tags.gone',
          'request.address',
        ),
      ),
      infix(tie('text'), '+'),
      choose(tie('text')),
      fc.tuple(tie('texts'), tie('number')).map(([list, at]) => `${list}[${at}]`),
      fc.oneof(tie('number'), tie('boolean')).map((value) => `string(${value})`),
    ),
    number: fc.oneof(
      bounded,
      fc.oneof(
        fc.integer({ min: -20, max: 20 }).map(String),
        fc.constantFrom(
          'operation.bytes',
          'operation.maxOutputTokens',
          'request.hour',
          'request.weekday',
          'content.count("pii")',
          '9007199254740991',
        ),
      ),
      infix(tie('number'), '+', '-', '*', '/', '%'),
      tie('number').map((value) => `-(${value})`),
      choose(tie('number')),
      fc.oneof(tie('text'), tie('texts'), tie('numbers')).map((value) => `size(${value})`),
      tie('texts').map((value) => `${value}.size()`),
      tie('real').map((value) => `int(${value})`),
    ),
    real: fc.oneof(
      bounded,
      fc.constantFrom('0.5', '2.0', '-1.25', '0.0', 'subject.claims.ratio', 'subject.claims.level'),
      infix(tie('real'), '+', '-', '*', '/'),
      tie('number').map((value) => `double(${value})`),
    ),
    texts: fc.oneof(
      bounded,
      fc.oneof(
        fc.constantFrom('operation.tools', 'subject.teams', 'operation.media'),
        fc.array(literal, { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      ),
      infix(tie('texts'), '+'),
      tie('texts').map((list) => `${list}.filter(y, y.startsWith("s"))`),
      tie('texts').map((list) => `${list}.map(y, y + "!")`),
      tie('texts').map((list) => `${list}.map(y, size(y) > 3, y)`),
    ),
    numbers: fc.oneof(
      bounded,
      fc.array(tie('number'), { minLength: 1, maxLength: 3 }).map((items) => `[${items.join(', ')}]`),
      tie('texts').map((list) => `${list}.map(z, size(z))`),
    ),
    any: fc.constantFrom(
      'subject.claims.admin',
      'subject.claims.level',
      'subject.claims.nested.deep',
      'subject.claims.gone',
      'subject.claims.none',
      'subject.claims.groups',
      'subject.claims.nested',
    ),
    boolean: fc.oneof(
      bounded,
      fc.constantFrom(
        'true',
        'false',
        'operation.streaming',
        'subject.claims.admin',
        'content.has("pii/email")',
        'content.has("pi")',
        'has(subject.tags.cost)',
        'has(subject.tags.gone)',
        'has(subject.claims.nested.deep)',
        'has(subject.claims.level.deep)',
        'subject.tags.gone == "x"',
      ),
      infix(tie('boolean'), '&&', '||', '==', '!='),
      infix(tie('text'), '==', '!=', '<', '<=', '>', '>='),
      infix(tie('number'), '==', '!=', '<', '<=', '>', '>='),
      infix(tie('real'), '==', '!=', '<', '>='),
      infix(tie('texts'), '==', '!='),
      infix(tie('any'), '==', '!='),
      tie('boolean').map((value) => `!(${value})`),
      choose(tie('boolean')),
      fc
        .tuple(tie('text'), fc.constantFrom('contains', 'startsWith', 'endsWith'), tie('text'))
        .map(([left, name, right]) => `${left}.${name}(${right})`),
      fc
        .tuple(tie('text'), fc.constantFrom('"^re.*h$"', '"s"', '"[0-9]+"'))
        .map(([left, pattern]) => `${left}.matches(${pattern})`),
      fc.tuple(tie('text'), tie('texts')).map(([item, list]) => `(${item} in ${list})`),
      fc.tuple(tie('number'), tie('numbers')).map(([item, list]) => `(${item} in ${list})`),
      fc.tuple(tie('text'), tie('any')).map(([item, list]) => `(${item} in ${list})`),
      fc
        .tuple(tie('text'), tie('number'))
        .map(([name, value]) => `({${name}: ${value}}[${name}] == ${value})`),
      tie('any').map((value) => `(${value} in [3.0, 4.0])`),
      macro(tie('texts'), (x) =>
        fc.oneof(
          fc.constant(`${x} == "sum"`),
          fc.constant(`${x}.contains("s")`),
          fc.constant(`subject.tags[${x}] == "x"`),
          tie('boolean'),
        ),
      ),
      macro(tie('numbers'), (x) => fc.constantFrom(`${x} > 3`, `10 / ${x} > 1`, `${x} % 2 == 0`)),
      macro(tie('any'), (x) => fc.constantFrom(`${x} == "red"`, `${x}.startsWith("b")`)),
    ),
  }
})

const outcomeOfOracle = (source: string): unknown => {
  const value = plan(oracleEnv, parse(source))(bindings)
  if (isCelError(value)) return 'error'
  if (isCelList(value) || isCelMap(value)) return 'error'
  return typeof value === 'boolean' ? value : 'error'
}

const seed = Number(Bun.env['SEED'] ?? 20261123)
test(`conditions mean what CEL says they mean (seed ${seed})`, () => {
  let judged = 0
  let beyond = 0
  const outcomes = new Map<unknown, number>()
  fc.assert(
    fc.property(
      fc.oneof(
        boolean,
        boolean,
        fc.tuple(text, text).map(([a, b]) => `${a} == ${b}`),
        fc.tuple(number, number).map(([a, b]) => `${a} < ${b}`),
      ),
      (source) => {
        if (source.length > 4_000) return
        const compiled = compileCondition(source)
        if (compiled.problems.length > 0) {
          beyond += 1
          return
        }
        const result = compiled.holds(input)
        const expected = outcomeOfOracle(source)
        judged += 1
        outcomes.set(expected, (outcomes.get(expected) ?? 0) + 1)
        // beyond 2^53 ours is an error by declaration, CEL's int64 goes on
        if (result instanceof Fault && result.message.includes('2^53')) return
        const got: unknown = result instanceof Fault ? 'error' : result
        expect(got).toEqual(expected)
      },
    ),
    { seed, numRuns: Number(Bun.env['RUNS'] ?? 1_500) },
  )
  // the generator must keep reaching true, false and errors, and the checker must accept nearly all of it
  expect(judged).toBeGreaterThan(beyond * 4)
  for (const outcome of [true, false, 'error']) expect(outcomes.get(outcome) ?? 0).toBeGreaterThan(60)
}, 60_000)
