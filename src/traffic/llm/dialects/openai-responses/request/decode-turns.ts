// Decodes the input of a request into turns: messages, calls and their outputs, reasoning. In this dialect,
// assistant output consists of separate items; neighboring ones form one turn. Items can also define tools.
// Parts of messages: decode-blocks.ts.

import { GatewayError } from '../../../../../contract/errors.ts'
import { stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { objectIn, objectsIn, textIn } from '../../../../../kit/json.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  AssistantTurn,
  InstructionTurn,
  NativeBlock,
  ReasoningBlock,
  TextBlock,
  Tool,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from '../../../canonical/index.ts'
import {
  arrayOf,
  jsonAt,
  neededString,
  objectFields,
  optionalString,
  required,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { decodeContent } from './decode-blocks.ts'
import { decodeTools } from './decode-tools.ts'
import type { ToolReading } from './decode-tools.ts'
import { signatureInExtra, signatureOfItem } from '../signatures.ts'

interface Item {
  reading: ToolReading
  document: JsonDocument
  span: JsonSpan
  fields: Fields
  path: string
}

type AssistantBlock = AssistantTurn['blocks'][number]

/** @throws GatewayError `bad-request` */
export function decodeInput(reading: ToolReading): Pick<Conversation, 'system' | 'turns' | 'tools'> {
  const { document } = reading
  const told = new Conversation()
  const instructions = document.members.get('instructions')
  if (instructions?.kind === 'string')
    told.instruct('system', [{ kind: 'text', text: stringAt(document, instructions) }])
  else if (instructions?.kind === 'array') readItems(reading, 'instructions', told)
  else if (instructions && instructions.kind !== 'null')
    throw wrongType('instructions', 'string', instructions)
  const input = document.members.get('input')
  if (input?.kind === 'string') told.say([{ kind: 'text', text: stringAt(document, input) }])
  else if (input?.kind === 'array') readItems(reading, 'input', told)
  else if (input && input.kind !== 'null') throw wrongType('input', 'string', input)
  return told
}

function readItems(reading: ToolReading, name: string, conversation: Conversation): void {
  const { document } = reading
  for (const { span, path } of arrayOf(document, document.members, name)) {
    const fields = objectFields(document, span, path)
    const type =
      optionalString(document, fields, 'type', `${path}.type`) ??
      (fields.has('role') ? 'message' : 'item_reference')
    const read = Object.hasOwn(byType, type) ? byType[type] : undefined
    const item = { reading, document, span, fields, path }
    if (read) read(item, conversation)
    else conversation.answer(native(item))
  }
}

class Conversation {
  readonly system: InstructionTurn[] = []
  readonly turns: Turn[] = []
  /** Tools that items define. */
  readonly tools: Tool[] = []
  /** Names of the calls so far, by id. Outputs refer to these ids. */
  readonly calls = new Map<string, string>()
  /** Ids of tool searches that OpenAI ran itself. */
  readonly hosted = new Set<string>()
  private answering: AssistantBlock[] | undefined
  /** Ids of the calls in the current assistant turn. */
  private readonly answered = new Set<string>()
  private results: ToolResultBlock[] | undefined

  instruct(role: 'system' | 'developer', blocks: TextBlock[]): void {
    const turn: InstructionTurn = { role, blocks }
    if (this.turns.length === 0) this.system.push(turn)
    else this.push(turn)
  }

  say(blocks: Extract<Turn, { role: 'user' }>['blocks']): void {
    this.push({ role: 'user', blocks })
  }

  answer(...blocks: AssistantBlock[]): void {
    if (!this.answering) {
      const fresh: AssistantBlock[] = []
      this.push({ role: 'assistant', blocks: fresh })
      this.answering = fresh
      this.answered.clear()
    }
    this.answering.push(...blocks)
  }

  call(block: ToolCallBlock, path: string): void {
    if (this.answering && this.answered.has(block.id))
      throw new GatewayError(
        'bad-request',
        `"${path}.call_id" is also the id of another call in the same response`,
        {
          param: `${path}.call_id`,
        },
      )
    this.calls.set(block.id, block.name)
    this.answer(block)
    this.answered.add(block.id)
  }

  result(block: ToolResultBlock): void {
    if (!this.results) {
      const fresh: ToolResultBlock[] = []
      this.push({ role: 'tool', blocks: fresh })
      this.results = fresh
    }
    this.results.push(block)
  }

  private push(turn: Turn): void {
    this.answering = undefined
    this.results = undefined
    this.turns.push(turn)
  }
}

const byType: Readonly<Record<string, (item: Item, conversation: Conversation) => void>> = {
  message({ document, fields, path }, conversation) {
    const role = neededString(document, fields, 'role', `${path}.role`)
    const blocks = decodeContent(document, fields, path)
    // an empty user message is kept, because it shows who spoke last
    if (blocks.length === 0 && role === 'assistant') return
    if (role === 'system' || role === 'developer')
      conversation.instruct(
        role,
        blocks.filter((block) => block.kind === 'text'),
      )
    else if (role === 'user') conversation.say(blocks.filter((block) => block.kind !== 'refusal'))
    else if (role === 'assistant') conversation.answer(...blocks)
    else
      throw new GatewayError(
        'bad-request',
        `"${path}.role" must be one of user, assistant, system, developer`,
        { param: `${path}.role` },
      )
  },
  function_call: (item, conversation) => conversation.call(callOf(item, 'function', 'arguments'), item.path),
  custom_tool_call: (item, conversation) => conversation.call(callOf(item, 'custom', 'input'), item.path),
  function_call_output: (item, conversation) => conversation.result(resultOf(item, conversation)),
  custom_tool_call_output: (item, conversation) => conversation.result(resultOf(item, conversation)),
  additional_tools: ({ reading, fields, path }, { tools }) =>
    void tools.push(...(decodeTools(reading, fields, `${path}.tools`) ?? [])),
  tool_search_call(item, conversation) {
    const { document, fields, path } = item
    if (isHosted(item)) return leaveOutSearch(item, conversation)
    const given = fields.get('arguments')
    if (!given) throw required(`${path}.arguments`, 'object')
    const id = neededString(document, fields, 'call_id', `${path}.call_id`)
    conversation.call(
      {
        kind: 'tool-call',
        id,
        name: 'tool_search',
        tool: 'function',
        input: JSON.stringify(jsonAt(document, given)),
      },
      path,
    )
  },
  tool_search_output(item, conversation) {
    const found = decodeTools(item.reading, item.fields, `${item.path}.tools`) ?? []
    conversation.tools.push(...found)
    if (isHosted(item, conversation)) return leaveOutSearch(item, conversation)
    const names = found.map(({ name }) => name).join(', ')
    const text = found.length === 0 ? 'No tool was found.' : `These tools can be called now: ${names}`
    conversation.result({ ...resultOf(item, conversation), blocks: [{ kind: 'text', text }] })
  },
  reasoning({ document, span }, conversation) {
    const item = objectIn(jsonAt(document, span)) ?? {}
    const summary = textsOf(item['summary'])
    const content = textsOf(item['content'])
    const signature = signatureOfItem(item)
    if (summary.length + content.length === 0 && !signature) return
    const text = content.length > 0 ? content : summary
    const block: ReasoningBlock = {
      kind: 'reasoning',
      ...(text.length > 0 ? { text: text.join('\n\n') } : {}),
      ...(content.length === 0 && summary.length > 0 ? { isSummary: true } : {}),
      ...omitUndefined({ signature }),
    }
    conversation.answer(block)
  },
}

/** Did OpenAI run the search itself? The item states it, or has no call id for a result. */
function isHosted(
  { document, fields, path }: Item,
  { hosted }: Pick<Conversation, 'hosted'> = { hosted: new Set() },
): boolean {
  const id = optionalString(document, fields, 'call_id', `${path}.call_id`)
  return (
    id === undefined ||
    hosted.has(id) ||
    optionalString(document, fields, 'execution', `${path}.execution`) === 'server'
  )
}

/** Other dialects offer all found tools from the start, so there is nothing to search for. */
function leaveOutSearch({ reading, document, fields, path }: Item, { hosted }: Conversation): void {
  const id = optionalString(document, fields, 'call_id', `${path}.call_id`)
  if (id !== undefined) hosted.add(id)
  reading.notes.dropOwn('input[]', { fate: 'lost' })
}

const native = ({ document, span }: Pick<Item, 'document' | 'span'>): NativeBlock => ({
  kind: 'native',
  native: { dialect: 'openai-responses', value: jsonAt(document, span) },
})

const textsOf = (parts: Parameters<typeof objectsIn>[0]) =>
  objectsIn(parts).flatMap((part) => textIn(part['text']) ?? [])

function callOf(item: Item, tool: ToolCallBlock['tool'], member: 'arguments' | 'input'): ToolCallBlock {
  const { reading, document, fields, path } = item
  const extra = fields.get('extra_content')
  const name = neededString(document, fields, 'name', `${path}.name`)
  return {
    kind: 'tool-call',
    id: neededString(document, fields, 'call_id', `${path}.call_id`),
    name: reading.names.called({
      name,
      ...omitUndefined({ namespace: optionalString(document, fields, 'namespace', `${path}.namespace`) }),
    }),
    tool,
    input: inputOf(item, member),
    ...omitUndefined({ signature: extra && signatureInExtra(jsonAt(document, extra)) }),
  }
}

/** Some clients send the object instead of its text. */
function inputOf({ document, fields, path }: Item, member: 'arguments' | 'input'): string {
  const span = fields.get(member)
  if (member === 'arguments' && span?.kind === 'object') return JSON.stringify(jsonAt(document, span))
  return neededString(document, fields, member, `${path}.${member}`)
}

function resultOf({ document, fields, path }: Item, { calls }: Conversation): ToolResultBlock {
  const callId = neededString(document, fields, 'call_id', `${path}.call_id`)
  const name = calls.get(callId)
  if (name === undefined)
    throw new GatewayError('bad-request', `"${path}.call_id" answers no tool call that stands before it`, {
      param: `${path}.call_id`,
    })
  return {
    kind: 'tool-result',
    callId,
    name,
    blocks: decodeContent(document, fields, path, 'output').filter((block) => block.kind !== 'refusal'),
  }
}
