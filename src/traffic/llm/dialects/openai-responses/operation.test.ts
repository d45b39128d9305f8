import type { OperationOptions } from '../../wire/operation.ts'
import { describe, expect, test } from 'bun:test'
import type { Attempt } from '../../../../contract/attempt.ts'
import type { Provider, ProviderCall } from '../../provider.ts'
import { responsesOperation } from './operation.ts'
import type { History } from './request/stateless.ts'
import { viewResponses } from './request/view.ts'

const operation = (
  body: object | string,
  provider?: Provider,
  history: History = {},
  speaks: OperationOptions['speaks'] = () => true,
) => {
  const options = {
    maxDepth: 100,
    speaks,
    providerFor: () => {
      if (provider) return provider
      throw new Error('nothing is sent here')
    },
  }
  const bytes = Buffer.from(typeof body === 'string' ? body : JSON.stringify(body))
  return responsesOperation(viewResponses(bytes, options), options, history)
}

/** The request that a provider would get. */
async function sentFor(body: object | string, more: Partial<Attempt> = {}, history: History = {}) {
  let sent: ProviderCall | undefined
  const provider: Provider = {
    name: 'p',
    dialects: ['openai-responses'],
    departures: { usageInStream: true, unbilledErrors: 'none' },
    async send(call) {
      sent = call
      return {
        status: 500,
        headers: new Headers(),
        body: { next: async () => undefined, cancel: async () => {} },
        bytes: async () => Buffer.from('{}'),
      }
    },
  }
  const attempt = {
    target: { id: 'p/real', provider: 'p', model: 'real' },
    depth: 'meter',
    ...more,
  } as Attempt
  const { losses } = await operation(body, provider, history).attempt(attempt)
  return {
    path: sent?.path,
    body: Buffer.from(sent?.body ?? '').toString(),
    ...(losses.length > 0 ? { losses } : {}),
  }
}

test('only the model’s name and a limit above the budget change', async () => {
  const body = '{ "input" : "Hi",  "model":"mine", "store": false, "later":{"a":1.0} }'
  expect(await sentFor(body)).toEqual({ path: '/responses', body: body.replace('mine', 'real') })
  expect(
    (await sentFor({ model: 'real', input: 'x', max_output_tokens: 500 }, { outputCap: 90 })).body,
  ).toContain('"max_output_tokens":90')
  expect(
    (await sentFor({ model: 'real', input: 'x', max_output_tokens: null }, { outputCap: 90 })).body,
  ).toContain('"max_output_tokens":90')
  expect(
    (await sentFor({ model: 'real', input: 'x', max_output_tokens: 50 }, { outputCap: 90 })).body,
  ).toContain('"max_output_tokens":50')
  expect(
    JSON.parse((await sentFor({ model: 'real', input: 'x' }, { outputCap: 90 })).body).max_output_tokens,
  ).toBe(90)
})

describe('the gateway keeps the state', () => {
  const jsonFor = async (body: object, model = 'real', history: History = {}) => {
    const target = { id: `p/${model}`, provider: 'p', model } as Attempt['target']
    const { body: sent, losses } = await sentFor(body, { target }, history)
    return { ...JSON.parse(sent), losses }
  }
  const proof = 'reasoning.encrypted_content'

  test.each([
    [{}, 'real', { store: false }],
    [{ store: true }, 'real', { store: false }],
    [{ store: null }, 'real', { store: false }],
    [{}, 'gpt-5-mini', { store: false, include: [proof] }],
    [{}, 'o4-mini', { store: false, include: [proof] }],
    [{}, 'gpt-5.2-chat-latest', { store: false }],
    [{}, 'gpt-4.1', { store: false }],
    [{ reasoning: { effort: 'low' } }, 'my-deployment', { store: false, include: [proof] }],
    [{ reasoning: { effort: 'none' } }, 'my-deployment', { store: false }],
    [{ reasoning: { effort: null, summary: 'auto' } }, 'my-deployment', { store: false, include: [proof] }],
    [{ include: null }, 'o3', { store: false, include: [proof] }],
    [{ include: [] }, 'o3', { store: false, include: [proof] }],
    [{ include: ['x'] }, 'o3', { store: false, include: [proof, 'x'] }],
    [{ include: ['x', proof] }, 'o3', { store: false, include: ['x', proof] }],
    // the caller’s own setting stays unchanged
    [{ store: false }, 'o3', { store: false }],
  ])('%j at %s: the vendor gets %j', async (more, model, expected) => {
    const {
      model: _model,
      input: _input,
      losses: _losses,
      reasoning: _reasoning,
      ...rest
    } = await jsonFor({ model: 'm', input: 'x', ...more }, model)
    expect(rest).toEqual(expected)
  })

  test('unless the operator lets vendors keep responses, too', async () => {
    const { store, include } = await jsonFor({ model: 'm', input: 'x' }, 'o3', { storesUpstream: true })
    expect([store, include]).toEqual([undefined, undefined])
  })

  const thought = (id: string, more: object) => ({ type: 'reasoning', id, summary: [], ...more })
  const hi = { role: 'user', content: 'Hi' }

  test('reasoning that the vendor cannot read is removed and reported', async () => {
    const mine = thought('rs_1', { encrypted_content: 'gAAA' })
    const open = thought('rs_2', { content: [{ type: 'reasoning_text', text: 'Hm.' }] })
    const input = [
      hi,
      mine,
      thought('rs_3', {}),
      open,
      thought('rs_4', { encrypted_content: 'gatehouse.e30' }),
      thought('rs_5', { encrypted_content: 'gBBB' }),
    ]
    const proofs = new Map([
      ['rs_1', 'p'],
      ['rs_5', 'elsewhere'],
    ])
    const sent = await jsonFor({ model: 'm', input }, 'o3', { proofs })
    expect(sent.input).toEqual([hi, mine, open])
    expect(sent.losses).toEqual([{ field: 'input[].encrypted_content', side: 'request' }])
  })

  test('when vendors keep responses, only the reasoning of other vendors is removed', async () => {
    const input = [hi, thought('rs_1', {}), thought('rs_2', {})]
    const proofs = new Map([
      ['rs_1', 'p'],
      ['rs_2', 'elsewhere'],
    ])
    expect((await jsonFor({ model: 'm', input }, 'o3', { proofs, storesUpstream: true })).input).toEqual([
      hi,
      thought('rs_1', {}),
    ])
  })

  test('a reasoning id that the gateway did not insert is removed, because it may belong to another caller of the account', async () => {
    const sent = await jsonFor({ model: 'm', input: [hi, thought('rs_3', {})], store: false }, 'o3')
    expect([sent.input, sent.losses]).toEqual([
      [hi],
      [{ field: 'input[].encrypted_content', side: 'request' }],
    ])
  })
})

const lines = (...texts: string[]) => texts.join('\n¶\n')

test('guards read every text on a separate channel, and unknown members too', () => {
  const { pieces, media } = operation({
    model: 'm',
    instructions: 'be brief',
    input: [
      { role: 'developer', content: 'rules' },
      {
        role: 'user',
        content: [
          { type: 'input_text', text: 'hello' },
          { type: 'input_image', image_url: 'https://a.example/b.png' },
          { type: 'input_file', file_data: 'data:application/pdf;base64,AAAA' },
        ],
      },
      {
        type: 'reasoning',
        id: 'rs_1',
        summary: [{ type: 'summary_text', text: 'thought' }],
        encrypted_content: 'gAAAAB',
      },
      { type: 'function_call', call_id: 'call_1234567890', name: 'f', arguments: '{"a":"b"}' },
      {
        type: 'function_call_output',
        call_id: 'call_1234567890',
        output: [{ type: 'input_text', text: 'result' }],
      },
      { type: 'shell_call', id: 'sh_1', action: { commands: ['ls secret'] } },
    ],
    tools: [
      {
        type: 'function',
        name: 'f',
        description: 'does f',
        parameters: { properties: { born: { const: 'ann@example.com' } } },
      },
    ],
    unheard_of: 'words',
  }).content()
  expect(pieces.map(({ channel, kind, text, escaping }) => [channel, kind, text, escaping])).toEqual([
    ['instructions', 'instruction', 'be brief', 'none'],
    ['input/0/content', 'instruction', 'rules', 'none'],
    ['input/1/content/0', 'text', 'hello', 'none'],
    ['input/2/summary/0', 'reasoning', 'thought', 'none'],
    ['input/3/arguments', 'tool-arguments', '{"a":"b"}', 'json-text'],
    ['input/4/output/0', 'tool-result', 'result', 'none'],
    ['input/5/action/commands/0', 'tool-result', 'ls secret', 'none'],
    ['tools/0', 'tool-definition', 'does f', 'none'],
    ['definitions', 'tool-definition', lines('born', 'ann@example.com'), 'none'],
    [
      'fields',
      'text',
      lines('https://a.example/b.png', 'data:application/pdf;base64,AAAA', 'commands', 'unheard_of', 'words'),
      'none',
    ],
    [
      'identifiers',
      'text',
      lines('m', 'rs_1', 'gAAAAB', 'call_1234567890', 'f', 'call_1234567890', 'sh_1', 'f'),
      'none',
    ],
  ])
  expect(media).toEqual([
    { kind: 'image', source: 'remote', param: 'input[1].content[1].image_url' },
    { kind: 'file', source: 'inline', bytes: expect.any(Number) },
  ])
})

test('an edit changes its bytes and nothing else', async () => {
  const body = { model: 'm', input: [{ role: 'user', content: 'mail ann "now"' }], top_p: 0.5 }
  const edited = operation(body).edit([{ channel: 'input/0/content', start: 5, end: 8, replacement: '<N>' }])
  expect(edited.content().pieces[0]?.text).toBe('mail <N> "now"')
})

describe('the maximum cost of a call', () => {
  const demand = (more: object) => operation({ model: 'm', input: 'Hi', ...more }).demand('p/real')

  test('is bounded by the body and the output limit', () => {
    expect(demand({ max_output_tokens: 100 })).toMatchObject({
      inputTokens: expect.any(Number),
      outputTokens: 100,
      hasUnboundedFees: false,
    })
    expect(demand({})).toMatchObject({
      outputTokens: undefined,
      reason: expect.stringContaining('max_output_tokens'),
    })
  })

  test.each([
    [{ tools: [{ type: 'web_search' }], max_output_tokens: 1 }, 'its own tools', true],
    [
      { tools: [{ type: 'namespace', name: 'n', tools: [{ type: 'web_search' }] }], max_output_tokens: 1 },
      'its own tools',
      true,
    ],
    [
      {
        input: [{ type: 'additional_tools', role: 'developer', tools: [{ type: 'web_search' }] }],
        max_output_tokens: 1,
      },
      'its own tools',
      true,
    ],
    [
      {
        input: [{ type: 'tool_search_output', call_id: 'c', tools: [{ type: 'mcp' }] }],
        max_output_tokens: 1,
      },
      'its own tools',
      true,
    ],
    [
      {
        input: [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://a.example/b.png' }] }],
        max_output_tokens: 1,
      },
      'images',
      false,
    ],
    [
      {
        input: [{ role: 'user', content: [{ type: 'input_\u0069mage', file_id: 'f' }] }],
        max_output_tokens: 1,
      },
      'images',
      false,
    ],
    [{ prompt: { id: 'pmpt_1' }, max_output_tokens: 1 }, 'stored prompts', false],
  ])('has no bound for %j', (more, reason, hasFees) => {
    const told = demand(more)
    expect(told.reason).toContain(reason)
    expect(told.hasUnboundedFees).toBe(hasFees)
    expect(told.inputTokens === undefined || hasFees).toBe(true)
  })
})

test('at a target of another dialect, a vendor’s own tools cost nothing, but tools that become functions are counted', () => {
  const elsewhere = () => false
  const body = { model: 'm', input: 'Hi', max_output_tokens: 9 }
  const search = { type: 'web_search' }
  expect(operation({ ...body, tools: [search] }, undefined, {}, elsewhere).demand('p/real')).toMatchObject({
    hasUnboundedFees: false,
    inputTokens: expect.any(Number),
  })
  const tools = (count: number) => ({
    ...body,
    tools: Array.from({ length: count }, (_, at) => ({ type: 'custom', name: `t${at}` })),
  })
  const most = (count: number, speaks = () => true) =>
    operation(tools(count), undefined, {}, speaks).demand('p/real').inputTokens ?? 0
  expect(most(100, elsewhere) - most(100)).toBe(100 * 256)
})

test.each([
  ['{"input":"x"}', 'model', 'bad-request'],
  ['{"model":"m"}', 'input', 'bad-request'],
  ['{"model":"m","input":5}', 'input', 'bad-request'],
  ['{"model":"m","input":"x","stream":"yes"}', 'stream', 'bad-request'],
  ['{"model":"m","input":"x","max_output_tokens":-1}', 'max_output_tokens', 'bad-request'],
  ['{"model":"m","input":"x","previous_response_id":"resp_1"}', 'previous_response_id', 'unsupported'],
  ['{"model":"m","input":"x","conversation":{"id":"conv_1"}}', 'conversation', 'unsupported'],
  ['{"model":"m","input":"x","background":true}', 'background', 'unsupported'],
])('%s is refused, with the name of the field', (body, param, code) => {
  expect(() => operation(body)).toThrow(expect.objectContaining({ code, details: { param } }))
})
