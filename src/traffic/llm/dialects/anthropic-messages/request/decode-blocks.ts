// Decodes a client's content blocks into canonical form. Blocks without a canonical form are sent only to
// Anthropic's dialect.

import { GatewayError } from '../../../../../contract/errors.ts'
import { elements, stringAt } from '../../../../../kit/json-spans.ts'
import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  MediaBlock,
  NativeBlock,
  ReasoningBlock,
  TextBlock,
  ToolCallBlock,
  ToolResultBlock,
} from '../../../canonical/index.ts'
import {
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalBoolean,
  optionalString,
  required,
  wrongType,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { openProof } from '../../../wire/sealed-proof.ts'
import { cacheOf } from './cache.ts'
import { readCitation } from '../citations.ts'
import { decodeMedia } from './media.ts'

export type Block = TextBlock | MediaBlock | NativeBlock | ReasoningBlock | ToolCallBlock | ToolResultBlock

/**
 * Decodes the blocks of one request in their order: results must follow calls. @throws GatewayError
 * `bad-request`
 */
export function blockDecoder(document: JsonDocument): (span: JsonSpan, path: string) => Block {
  /** Tool names by call id. */
  const calls = new Map<string, string>()
  /**
   * Calls without a result so far. An id may be used again after its result: clients that replay a
   * conversation of another vendor do so.
   */
  const open = new Set<string>()

  function decode(span: JsonSpan, path: string): Block {
    const fields = objectFields(document, span, path)
    const type = neededString(document, fields, 'type', `${path}.type`)
    if (!known.has(type)) return native(span)
    if (type === 'text') return text(fields, path)
    if (type === 'tool_use') return call(fields, path)
    if (type === 'tool_result') return result(fields, path)
    if (type === 'thinking') return thinking(fields, path)
    if (type === 'tool_reference') return found(fields, path)
    if (type === 'redacted_thinking')
      return { kind: 'reasoning', signature: { dialect, value: jsonAt(document, span) } }
    return decodeMedia(document, fields, type, path) ?? native(span)
  }

  const native = (span: JsonSpan): NativeBlock => ({
    kind: 'native',
    native: { dialect, value: jsonAt(document, span) },
  })

  function text(fields: Fields, path: string): TextBlock {
    const cited = optional(fields, 'citations', 'array', `${path}.citations`)
    return {
      kind: 'text',
      text: neededString(document, fields, 'text', `${path}.text`),
      ...omitUndefined({
        citations: cited && elements(document, cited).map((each) => readCitation(jsonAt(document, each))),
        cache: cacheOf(document, fields, path),
      }),
    }
  }

  /** A tool that a tool search found. The request also defines such tools, so their names are enough. */
  function found(fields: Fields, path: string): TextBlock {
    const text = `The tool ${neededString(document, fields, 'tool_name', `${path}.tool_name`)} can be called now.`
    return { kind: 'text', text, ...omitUndefined({ cache: cacheOf(document, fields, path) }) }
  }

  function thinking(fields: Fields, path: string): ReasoningBlock {
    const signature = optionalString(document, fields, 'signature', `${path}.signature`)
    const text = neededString(document, fields, 'thinking', `${path}.thinking`)
    const foreign = openProof(signature ?? '')
    // reasoning that another vendor encrypted may have no text
    if (foreign)
      return { kind: 'reasoning', ...(text === '' ? {} : { text, isSummary: true }), signature: foreign }
    return { kind: 'reasoning', text, ...(signature ? { signature: { dialect, value: signature } } : {}) }
  }

  function call(fields: Fields, path: string): ToolCallBlock {
    const id = neededString(document, fields, 'id', `${path}.id`)
    const name = neededString(document, fields, 'name', `${path}.name`)
    const input = optional(fields, 'input', 'object', `${path}.input`)
    if (!input) throw required(`${path}.input`, 'object')
    if (open.has(id))
      throw new GatewayError(
        'bad-request',
        `"${path}.id" is the id of an earlier tool_use; ids must differ`,
        { param: `${path}.id` },
      )
    open.add(id)
    calls.set(id, name)
    return {
      kind: 'tool-call',
      id,
      name,
      tool: 'function',
      input: sourceAt(document, input),
      ...omitUndefined({ cache: cacheOf(document, fields, path) }),
    }
  }

  function result(fields: Fields, path: string): ToolResultBlock {
    const callId = neededString(document, fields, 'tool_use_id', `${path}.tool_use_id`)
    const name = calls.get(callId)
    if (name === undefined)
      throw new GatewayError(
        'bad-request',
        `"${path}.tool_use_id" names no tool_use of the messages before`,
        { param: `${path}.tool_use_id` },
      )
    open.delete(callId)
    return {
      kind: 'tool-result',
      callId,
      name,
      blocks: resultBlocks(fields.get('content'), `${path}.content`),
      ...omitUndefined({
        isError: optionalBoolean(document, fields, 'is_error', `${path}.is_error`),
        cache: cacheOf(document, fields, path),
      }),
    }
  }

  function resultBlocks(span: JsonSpan | undefined, path: string): (TextBlock | MediaBlock | NativeBlock)[] {
    if (span === undefined || span.kind === 'null') return []
    if (span.kind === 'string') return [textOf(document, span)]
    if (span.kind !== 'array') throw wrongType(path, 'string', span)
    return elements(document, span).map((each, index) => {
      const block = decode(each, `${path}[${index}]`)
      if (block.kind === 'text' || block.kind === 'media' || block.kind === 'native') return block
      throw new GatewayError('bad-request', `"${path}[${index}]" cannot stand in a tool_result`, {
        param: `${path}[${index}]`,
      })
    })
  }

  return decode
}

const dialect = 'anthropic-messages'
const known = new Set([
  'text',
  'image',
  'document',
  'thinking',
  'redacted_thinking',
  'tool_use',
  'tool_result',
  'tool_reference',
])

export function textOf(document: JsonDocument, span: JsonSpan): TextBlock {
  return { kind: 'text', text: stringAt(document, span) }
}

/** JSON in the client's spelling, so that numbers keep their digits. */
function sourceAt({ bytes }: JsonDocument, { start, end }: JsonSpan): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8')
}
