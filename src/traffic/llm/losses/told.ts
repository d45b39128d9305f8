// Which canonical fields a request tells, and dropping those that the target's dialect does not carry: every
// encoder's first step, so that none can forget to name a loss.

import type {
  GenerateRequest,
  MediaBlock,
  TextBlock,
  Tool,
  ToolResultBlock,
  Turn,
} from '../canonical/request.ts'
import type { Dialect } from '../dialect.ts'
import type { CanonicalField } from './field.ts'
import type { LossNotes } from './notes.ts'

/**
 * Notes or refuses every field that is told and not carried. What is carried in part (a `stop` list that is
 * too long) is the encoder's to drop.
 * @throws GatewayError `unsupported`
 */
export function dropUncarried(request: GenerateRequest, dialect: Dialect, notes: LossNotes): void {
  for (const field of toldFields(request)) if (!notes.carries(field)) notes.drop(field)
  // No table can carry these: they are of another dialect.
  for (const field of foreignFields(request, dialect)) notes.drop(field)
}

type Block = Turn['blocks'][number] | ToolResultBlock['blocks'][number]

export function toldFields(request: GenerateRequest): ReadonlySet<CanonicalField> {
  const told = new Set<CanonicalField>()
  const tell = (field: CanonicalField, is: unknown) => {
    if (is !== undefined && is !== false) told.add(field)
  }
  const { sampling = {}, reasoning = {}, output, toolChoice, turns, modalities = [] } = request
  for (const turn of [...request.system, ...turns]) tellTurn(turn, tell)
  tell(
    'instruction-inside',
    turns.some(({ role }) => role === 'system' || role === 'developer'),
  )
  const spoken = turns.find(({ role }) => role !== 'system' && role !== 'developer')
  tell('instructions-only', spoken === undefined && request.system.length + turns.length > 0)
  tell('assistant-first', spoken?.role === 'assistant')
  tell('prefill', turns.at(-1)?.role === 'assistant')
  for (const tool of request.tools ?? []) tellTool(tool, tell)
  tell(
    'tool-choice',
    toolChoice &&
      (toolChoice.kind === 'required' || toolChoice.kind === 'none' || toolChoice.kind === 'tool'),
  )
  tell('allowed-tools', toolChoice?.kind === 'allowed')
  tell('parallel-tool-calls', request.parallelToolCalls !== undefined && (request.tools ?? []).length > 0)
  tell('json-output', output?.kind === 'json')
  tell('schema-output', output?.kind === 'schema')
  tell('strict-schema', output?.kind === 'schema' && output.isStrict === true)
  tell(
    'schema-name',
    output?.kind === 'schema' && (output.name !== undefined || output.description !== undefined),
  )
  tell('temperature', sampling.temperature)
  tell('top-p', sampling.topP)
  tell('top-k', sampling.topK)
  tell('min-p', sampling.minP)
  tell('frequency-penalty', sampling.frequencyPenalty)
  tell('presence-penalty', sampling.presencePenalty)
  tell('seed', sampling.seed)
  tell('logit-bias', sampling.logitBias)
  tell('max-output', request.maxOutputTokens)
  tell('stop', request.stop && request.stop.length > 0)
  tell('reasoning-effort', reasoning.effort)
  tell('reasoning-budget', reasoning.budgetTokens)
  tell('reasoning-summary', reasoning.summary)
  tell('verbosity', request.verbosity)
  tell('count', request.count !== undefined && request.count > 1)
  tell('logprobs', request.logprobs)
  tell('audio-output', modalities.includes('audio') || request.speech)
  tell('audio-format', request.speech?.format)
  tell('image-output', modalities.includes('image'))
  tell('service-tier', request.serviceTier)
  tell('user', request.user)
  tell('metadata', request.metadata)
  tell('cache-key', request.cacheKey)
  tell('cache', request.cache)
  tell('cache-ttl', request.cache?.ttl)
  tell('store', request.store === undefined ? undefined : true)
  return told
}

type Tell = (field: CanonicalField, is: unknown) => void

function tellTurn(turn: Turn, tell: Tell): void {
  tell('developer', turn.role === 'developer')
  if (turn.role !== 'tool') tell('participant-name', turn.name)
  for (const block of turn.blocks) {
    tellBlock(block, tell, turn.role === 'assistant')
    if (block.kind !== 'tool-result') continue
    tell('tool-result-error', block.isError)
    for (const inner of block.blocks) {
      tell('tool-result-media', inner.kind === 'media')
      tellBlock(inner, tell, false)
    }
  }
}

function tellBlock(block: Block, tell: Tell, isAssistants: boolean): void {
  tell('refusal', block.kind === 'refusal')
  tell('unsigned-reasoning', block.kind === 'reasoning' && block.signature === undefined)
  tell('custom-tool', block.kind === 'tool-call' && block.tool === 'custom')
  if (block.kind === 'text') tell('given-citations', block.citations && block.citations.length > 0)
  if (block.kind === 'media') tellMedia(block, tell, isAssistants)
  if ('cache' in block) tellCache(block, tell)
}

function tellMedia(
  { media, source, detail, name, context, isCitable }: MediaBlock,
  tell: Tell,
  isAssistants: boolean,
): void {
  const isFetchedAudio = media === 'audio' && source.kind === 'url'
  if (isAssistants) tell('assistant-media', true)
  else tell(isFetchedAudio ? 'audio-url' : media, true)
  tell('image-url', media === 'image' && source.kind === 'url')
  tell('file-url', media === 'file' && source.kind === 'url')
  tell('file-text', source.kind === 'text')
  tell('stored-media', source.kind === 'id')
  tell('image-detail', detail)
  tell(media === 'file' ? 'file-about' : 'media-name', name)
  tell('file-context', context)
  tell('file-citable', isCitable)
}

function tellTool(tool: Tool, tell: Tell): void {
  tell('tools', tool.kind === 'function')
  tell('custom-tool', tool.kind === 'custom')
  tell('custom-tool-grammar', tool.kind === 'custom' && tool.grammar)
  tell('native-tool', tool.kind === 'native')
  tell('strict-tool', tool.kind === 'function' && tool.isStrict)
  if ('cache' in tool) tellCache(tool, tell)
}

function tellCache({ cache }: Pick<TextBlock, 'cache'>, tell: Tell): void {
  tell('cache', cache)
  tell('cache-ttl', cache?.ttl)
}

/** What belongs to another dialect than the target's. */
function* foreignFields(
  { system, turns, tools = [] }: GenerateRequest,
  dialect: Dialect,
): Generator<CanonicalField> {
  for (const tool of tools) if (tool.kind === 'native' && tool.native.dialect !== dialect) yield 'native-tool'
  for (const turn of [...system, ...turns]) {
    for (const block of turn.blocks) {
      const inner: readonly Block[] = block.kind === 'tool-result' ? block.blocks : [block]
      for (const each of inner) yield* foreignOf(each, dialect)
    }
  }
}

function* foreignOf(block: Block, dialect: Dialect): Generator<CanonicalField> {
  if (block.kind === 'native' && block.native.dialect !== dialect) yield 'native'
  if (block.kind === 'media' && block.source.kind === 'id' && block.source.dialect !== dialect)
    yield 'stored-media'
  if (block.kind === 'reasoning' && block.signature && block.signature.dialect !== dialect)
    yield 'given-reasoning'
  if (
    (block.kind === 'text' || block.kind === 'tool-call') &&
    block.signature &&
    block.signature.dialect !== dialect
  )
    yield 'signature'
}
