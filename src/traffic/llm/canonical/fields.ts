// The fields of a request for text generation that a dialect may be unable to carry. This file is the one
// definition of each field: what it means, how to find out whether a request uses it, and what happens where
// the provider's dialect has no row for it. Settings are defined in settings.ts.

import type { Dialect } from '../dialect.ts'
import type { FieldDefinition } from './definition.ts'
import type {
  CacheMark,
  GenerateRequest,
  MediaBlock,
  NativeBlock,
  ReasoningBlock,
  RefusalBlock,
  TextBlock,
  Tool,
  ToolCallBlock,
  ToolResultBlock,
  Turn,
} from './request.ts'
import { accountSettings, outputSettings, samplingSettings, storeSettings, toolSettings } from './settings.ts'
import type { SettingDefinition } from './settings.ts'

/** The parts of a request in which fields are looked for. Blocks include those in the results of tools. */
export interface RequestParts {
  request: GenerateRequest
  turn: Turn
  tool: Tool
  text: TextBlock
  media: MediaBlock
  reasoning: ReasoningBlock
  refusal: RefusalBlock
  native: NativeBlock
  'tool-call': ToolCallBlock
  'tool-result': ToolResultBlock
}

/** For each part of a request: a function that tells whether the part uses the field. */
export type FieldUses = {
  [Part in keyof RequestParts]?: (part: RequestParts[Part], turn: Turn) => boolean
}

/** For each part of a request: the one dialect that can take it, if there is only one. */
export type FieldOwners = {
  [Part in keyof RequestParts]?: (part: RequestParts[Part]) => Dialect | undefined
}

export interface GenerateFieldDefinition extends FieldDefinition {
  /** Absent means that the code that finds the field calls `LossNotes` itself. */
  usedBy?: FieldUses
  /**
   * Data of one dialect that no other can take, whatever its table says. Such a field is missing everywhere
   * else.
   */
  ownedBy?: FieldOwners
}

type Definitions = Readonly<Record<string, GenerateFieldDefinition | SettingDefinition>>

const conversationFields = {
  developer: {
    whenMissing: 'lost',
    meaning: 'Instructions of the rank "developer": given as system instructions.',
    usedBy: { turn: ({ role }) => role === 'developer' },
  },
  'instruction-inside': {
    whenMissing: 'lost',
    meaning:
      'Instructions in the middle of the conversation: moved to its beginning, or to a user message after the assistant’s last turn.',
    usedBy: { request: ({ turns }) => turns.some(isInstruction) },
  },
  'instructions-only': {
    whenMissing: 'lost',
    meaning: 'Instructions without a conversation: given as a user message where a conversation is required.',
    usedBy: {
      request: (request) =>
        firstInConversation(request) === undefined && request.system.length + request.turns.length > 0,
    },
  },
  'assistant-first': {
    whenMissing: 'lost',
    meaning: 'A conversation that the assistant begins: a short turn of the user comes before it.',
    usedBy: { request: (request) => firstInConversation(request)?.role === 'assistant' },
  },
  'missing-result': {
    whenMissing: 'lost',
    meaning:
      'A tool call without a result although the conversation continued: it gets a result that says so.',
  },
  'participant-name': {
    whenMissing: 'lost',
    meaning: 'Name of a participant.',
    usedBy: { turn: (turn) => turn.role !== 'tool' && turn.name !== undefined },
  },
  prefill: {
    whenMissing: 'refused',
    meaning: 'A last turn of the assistant that the model continues.',
    usedBy: { request: ({ turns }) => turns.at(-1)?.role === 'assistant' },
  },
} as const satisfies Definitions

const mediaFields = {
  image: {
    whenMissing: 'refused',
    meaning: 'Images.',
    usedBy: { media: ({ media }, turn) => media === 'image' && !isAssistants(turn) },
  },
  'image-url': {
    whenMissing: 'refused',
    meaning: 'Images that the provider fetches.',
    usedBy: { media: ({ media, source }) => media === 'image' && source.kind === 'url' },
  },
  'image-detail': {
    whenMissing: 'lost',
    meaning: 'How closely an image is looked at.',
    usedBy: { media: ({ detail }) => detail !== undefined },
  },
  audio: {
    whenMissing: 'refused',
    meaning: 'Recordings.',
    usedBy: {
      media: ({ media, source }, turn) => media === 'audio' && source.kind !== 'url' && !isAssistants(turn),
    },
  },
  'audio-url': {
    whenMissing: 'refused',
    meaning: 'Recordings that the provider fetches.',
    usedBy: {
      media: ({ media, source }, turn) => media === 'audio' && source.kind === 'url' && !isAssistants(turn),
    },
  },
  video: {
    whenMissing: 'refused',
    meaning: 'Films.',
    usedBy: { media: ({ media }, turn) => media === 'video' && !isAssistants(turn) },
  },
  file: {
    whenMissing: 'refused',
    meaning: 'Documents (PDF and others).',
    usedBy: { media: ({ media }, turn) => media === 'file' && !isAssistants(turn) },
  },
  'file-url': {
    whenMissing: 'refused',
    meaning: 'Documents that the provider fetches.',
    usedBy: { media: ({ media, source }) => media === 'file' && source.kind === 'url' },
  },
  'file-text': {
    whenMissing: 'refused',
    meaning: 'Documents given as plain text.',
    usedBy: { media: ({ source }) => source.kind === 'text' },
  },
  'file-about': {
    whenMissing: 'lost',
    meaning: 'Name or title of a document.',
    usedBy: { media: ({ media, name }) => media === 'file' && name !== undefined },
  },
  'media-name': {
    whenMissing: 'lost',
    meaning: 'Name of an image, a recording or a film.',
    usedBy: { media: ({ media, name }) => media !== 'file' && name !== undefined },
  },
  'file-context': {
    whenMissing: 'lost',
    meaning: 'A description of a document, apart from its content.',
    usedBy: { media: ({ context }) => context !== undefined },
  },
  'file-citable': {
    whenMissing: 'lost',
    meaning: 'Permission to cite a document.',
    usedBy: { media: ({ isCitable }) => isCitable === true },
  },
  'stored-media': {
    whenMissing: 'refused',
    meaning: 'Media uploaded to a vendor before, named by id.',
    usedBy: { media: ({ source }) => source.kind === 'id' },
    ownedBy: { media: ({ source }) => (source.kind === 'id' ? source.dialect : undefined) },
  },
  'assistant-media': {
    whenMissing: 'refused',
    meaning: 'Media in output of the assistant.',
    usedBy: { media: (_media, turn) => isAssistants(turn) },
  },
} as const satisfies Definitions

/** The marks that earlier responses left in the conversation. */
const historyFields = {
  refusal: {
    whenMissing: 'lost',
    meaning: 'Marks an earlier response as a refusal: given as text.',
    usedBy: { refusal: () => true },
  },
  'given-citations': {
    whenMissing: 'lost',
    meaning: 'Citations of an earlier response.',
    usedBy: { text: ({ citations = [] }) => citations.length > 0 },
  },
  'given-reasoning': {
    whenMissing: 'lost',
    meaning: 'Reasoning of earlier responses that only another vendor can verify.',
    ownedBy: { reasoning: ({ signature }) => signature?.dialect },
  },
  'unsigned-reasoning': {
    whenMissing: 'lost',
    meaning: 'Reasoning of earlier responses without a signature.',
    usedBy: { reasoning: ({ signature }) => signature === undefined },
  },
  signature: {
    whenMissing: 'lost',
    meaning: 'A vendor’s signature on text or tool calls of earlier responses.',
    ownedBy: {
      text: ({ signature }) => signature?.dialect,
      'tool-call': ({ signature }) => signature?.dialect,
    },
  },
  native: {
    whenMissing: 'refused',
    meaning: 'Blocks that only their own dialect understands.',
    ownedBy: { native: ({ native }) => native.dialect },
  },
} as const satisfies Definitions

const toolFields = {
  tools: {
    whenMissing: 'refused',
    meaning: 'Functions that the model may call.',
    usedBy: { tool: ({ kind }) => kind === 'function' },
  },
  'tool-description': {
    whenMissing: 'lost',
    meaning: 'Descriptions of tools: the part that is too long for the vendor moves to the instructions.',
  },
  'custom-tool': {
    whenMissing: 'refused',
    meaning: 'Tools that take free text: given as functions with one text argument where there are none.',
    usedBy: { tool: ({ kind }) => kind === 'custom', 'tool-call': ({ tool }) => tool === 'custom' },
  },
  'custom-tool-grammar': {
    whenMissing: 'lost',
    meaning: 'The grammar of a tool’s free text: written into the description where it cannot be enforced.',
    usedBy: { tool: (tool) => tool.kind === 'custom' && tool.grammar !== undefined },
  },
  'native-tool': {
    whenMissing: 'refused',
    meaning:
      'Tools that the vendor runs: left out if the request has other tools and does not require this one.',
    usedBy: { tool: ({ kind }) => kind === 'native' },
    ownedBy: { tool: (tool) => (tool.kind === 'native' ? tool.native.dialect : undefined) },
  },
  'strict-tool': {
    whenMissing: 'refused',
    meaning:
      'Arguments that must follow their schema exactly: a schema that OpenAI cannot enforce is a loss.',
    usedBy: { tool: (tool) => tool.kind === 'function' && (tool.isStrict ?? false) !== false },
  },
  'tool-choice': {
    whenMissing: 'refused',
    meaning: 'Which tools must, may or must not be called.',
    usedBy: {
      request: ({ toolChoice }) =>
        toolChoice !== undefined && toolChoice.kind !== 'auto' && toolChoice.kind !== 'allowed',
    },
  },
  'allowed-tools': {
    whenMissing: 'refused',
    meaning: 'A choice among some of the tools only.',
    usedBy: { request: ({ toolChoice }) => toolChoice?.kind === 'allowed' },
  },
  ...toolSettings,
  'tool-result-media': {
    whenMissing: 'refused',
    meaning: 'Images and files in a tool’s result.',
    usedBy: { media: (_media, { role }) => role === 'tool' },
  },
  'tool-result-error': {
    whenMissing: 'lost',
    meaning: 'Marks a tool’s result as a failure.',
    usedBy: { 'tool-result': ({ isError }) => isError === true },
  },
} as const satisfies Definitions

const outputFields = {
  'json-output': {
    whenMissing: 'refused',
    meaning: 'Output that must be JSON.',
    usedBy: { request: ({ output }) => output?.kind === 'json' },
  },
  'schema-output': {
    whenMissing: 'refused',
    meaning: 'Output that must follow a schema.',
    usedBy: { request: ({ output }) => output?.kind === 'schema' },
  },
  'strict-schema': {
    whenMissing: 'lost',
    meaning: 'Whether the schema of the output is enforced: some vendors always enforce it.',
    usedBy: { request: ({ output }) => output?.kind === 'schema' && output.isStrict === true },
  },
  'schema-bounds': {
    whenMissing: 'lost',
    meaning:
      'Lengths, ranges and patterns in an output schema: written into its descriptions where they cannot be enforced.',
  },
  'tool-bounds': {
    whenMissing: 'lost',
    meaning:
      'Lengths, ranges and patterns in the schema of strict arguments, and alternatives at the top of any: written into its descriptions.',
  },
  'schema-name': {
    whenMissing: 'lost',
    meaning: 'Name and description of an output schema.',
    usedBy: {
      request: ({ output }) =>
        output?.kind === 'schema' && (output.name !== undefined || output.description !== undefined),
    },
  },
} as const satisfies Definitions

const modalityFields = {
  'audio-output': {
    whenMissing: 'refused',
    meaning: 'Spoken responses.',
    usedBy: {
      request: ({ modalities = [], speech }) => modalities.includes('audio') || speech !== undefined,
    },
  },
  'audio-format': {
    whenMissing: 'refused',
    meaning: 'Format of spoken responses.',
    usedBy: { request: ({ speech }) => speech?.format !== undefined },
  },
  'image-output': {
    whenMissing: 'refused',
    meaning: 'Drawn responses.',
    usedBy: { request: ({ modalities = [] }) => modalities.includes('image') },
  },
} as const satisfies Definitions

const cacheFields = {
  cache: {
    whenMissing: 'lost',
    meaning: 'Marks of prefixes that may be cached.',
    usedBy: everywhere(({ cache }) => cache !== undefined),
  },
  'cache-ttl': {
    whenMissing: 'lost',
    meaning: 'How long a cached prefix is kept.',
    usedBy: everywhere(({ cache }) => cache?.ttl !== undefined),
  },
} as const satisfies Definitions

/** All of them, in the order in which losses are named. */
export const generateFields = {
  ...conversationFields,
  ...mediaFields,
  ...historyFields,
  ...toolFields,
  ...outputFields,
  ...samplingSettings,
  ...outputSettings,
  ...modalityFields,
  ...accountSettings,
  ...cacheFields,
  ...storeSettings,
}

export type GenerateField = keyof typeof generateFields

function isInstruction({ role }: Turn): boolean {
  return role === 'system' || role === 'developer'
}

function firstInConversation({ turns }: GenerateRequest): Turn | undefined {
  return turns.find((turn) => !isInstruction(turn))
}

function isAssistants({ role }: Turn): boolean {
  return role === 'assistant'
}

/** Cache marks may be on the request, on tools, and on most kinds of blocks. */
function everywhere(isUsed: (part: { cache?: CacheMark }) => boolean): FieldUses {
  return {
    request: isUsed,
    tool: (tool) => tool.kind !== 'native' && isUsed(tool),
    text: isUsed,
    media: isUsed,
    'tool-call': isUsed,
    'tool-result': isUsed,
  }
}
