// Decodes a client's Messages request into canonical form. Turns: decode-turns.ts; blocks: decode-blocks.ts;
// tools: decode-tools.ts.

import type { JsonDocument, JsonSpan } from '../../../../../kit/json-spans.ts'
import { GatewayError } from '../../../../../contract/errors.ts'
import { omitUndefined } from '../../../canonical/index.ts'
import type {
  DecodedRequest,
  GenerateRequest,
  IncomingCall,
  OutputFormat,
  ReasoningSettings,
  Turn,
} from '../../../canonical/index.ts'
import { decodeSettings } from '../../../fields/index.ts'
import { dropOwnFields } from '../../../losses/index.ts'
import type { LossNotes } from '../../../losses/index.ts'
import { scanBody } from '../../../../wire/body.ts'
import {
  jsonAt,
  neededString,
  objectFields,
  optional,
  optionalCount,
  optionalWord,
  required,
} from '../../../../wire/field.ts'
import type { Fields } from '../../../../wire/field.ts'
import { typicalInput } from './demand.ts'
import { cacheOf } from './cache.ts'
import { decodeMessages } from './decode-turns.ts'
import { decodeToolChoice, decodeTools } from './decode-tools.ts'
import { table } from './table.ts'
import { countPath } from './forward.ts'

/** The view has checked the depth. Edits do not add any. */
const maxDepth = 10_000

export function decodeRequest({ path, body, isStreaming }: IncomingCall, notes: LossNotes): DecodedRequest {
  if (path === countPath)
    throw new GatewayError('unsupported', 'This target cannot count tokens.', { param: 'count_tokens' })
  const document = scanBody(typeof body === 'string' ? Buffer.from(body) : body, { maxDepth })
  const fields = document.members
  dropOwnFields(jsonAt(document, document.root), table, notes)
  const { system, turns } = decodeMessages(document, notes)
  const { toolChoice, parallelToolCalls } = decodeToolChoice(document)
  const model = neededString(document, fields, 'model')
  const { reasoning, ...settings } = decodeSettings(table.rows, document, fields)
  const request: GenerateRequest = {
    model,
    isStreaming,
    system,
    turns,
    ...settings,
    ...omitUndefined({
      tools: decodeTools(document),
      toolChoice,
      parallelToolCalls,
      output: outputOf(document),
      reasoning: reasoningOf(document, reasoning, notes),
      cache: cacheOf(document, fields, ''),
    }),
  }
  const responseSeed = {
    model,
    isStreaming,
    ...(isStreaming && { inputTokens: typicalInput(document.bytes.length, mediaIn(turns)) }),
  }
  return { request, responseSeed }
}

/** The sizes of media, for an estimate. */
const mediaIn = (turns: readonly Turn[]): { bytes: number }[] =>
  turns
    .flatMap(({ blocks }) => [...blocks])
    .flatMap((block) => (block.kind === 'tool-result' ? [...block.blocks] : [block]))
    .flatMap((block) =>
      block.kind === 'media'
        ? [{ bytes: block.source.kind === 'data' ? (block.source.base64.length * 3) / 4 : 0 }]
        : [],
    )

/** Members of an optional top-level object. */
function innerOf(document: JsonDocument, name: string): Fields | undefined {
  const span = optional(document.members, name, 'object')
  return span && objectFields(document, span, name)
}

function outputOf(document: JsonDocument): OutputFormat | undefined {
  const config = innerOf(document, 'output_config')
  const format = config && optional(config, 'format', 'object', 'output_config.format')
  if (format) return formatOf(document, format, 'output_config.format')
  const older = optional(document.members, 'output_format', 'object')
  return older && formatOf(document, older, 'output_format')
}

function formatOf(document: JsonDocument, span: JsonSpan, path: string): OutputFormat {
  const fields = objectFields(document, span, path)
  optionalWord(document, fields, 'type', ['json_schema'], `${path}.type`)
  const schema = optional(fields, 'schema', 'object', `${path}.schema`)
  if (!schema) throw required(`${path}.schema`, 'object')
  // Anthropic always enforces the schema
  return { kind: 'schema', schema: jsonAt(document, schema), isStrict: 'possible' }
}

/** @param settings the effort of `output_config` */
function reasoningOf(
  document: JsonDocument,
  settings: ReasoningSettings | undefined,
  notes: LossNotes,
): ReasoningSettings | undefined {
  const thinking = innerOf(document, 'thinking')
  if (!thinking) return settings
  const requested = { ...readThinking(document, thinking, notes), ...settings }
  // Without thinking, the effort controls how much the model writes. Without either, the model does not
  // think.
  return requested.budgetTokens === 0 && requested.effort === undefined ? { effort: 'none' } : requested
}

function readThinking(document: JsonDocument, thinking: Fields, notes: LossNotes): ReasoningSettings {
  const type = optionalWord(
    document,
    thinking,
    'type',
    ['enabled', 'adaptive', 'between_tools', 'disabled'],
    'thinking.type',
  )
  if (type === undefined) throw required('thinking.type', 'string')
  // The model reports its progress between calls without thinking. No other vendor offers that.
  if (type === 'between_tools') notes.dropOwn('thinking.type', { fate: 'lost' })
  if (type === 'disabled' || type === 'between_tools') return { budgetTokens: 0 }
  const display = optionalWord(
    document,
    thinking,
    'display',
    ['summarized', 'omitted', 'updates'],
    'thinking.display',
  )
  const summary = display === undefined ? {} : ({ summary: display === 'omitted' ? 'none' : 'auto' } as const)
  if (type === 'adaptive') return { budgetTokens: 'dynamic', ...summary }
  const budget = optionalCount(document, thinking, 'budget_tokens', 'thinking.budget_tokens')
  if (budget === undefined) throw required('thinking.budget_tokens', 'number')
  return { budgetTokens: budget, ...summary }
}
