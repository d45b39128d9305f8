// The fields of a Gemini request that name other models, or objects in the vendor's account.

import type { ReferenceTable, StateMember } from '../../../wire/references.ts'
import { camel } from '../google-fields.ts'

/**
 * A file of Google's Files API or of Cloud Storage; other URLs are public.
 * https://ai.google.dev/api/files
 */
const file: StateMember = {
  what: 'a file',
  isIn: (uri) => !/^https?:/i.test(uri) || /(?:^|[/.@])(?:[\w-]+\.)?googleapis\.com(?:[:/]|$)/i.test(uri),
}

const parts = ['contents[].parts[]', 'contents.parts[]', 'contents[].parts', 'contents.parts']
const opaque = [
  ...parts.flatMap((part) => [`${part}.functionCall.args`, `${part}.functionResponse.response`]),
  'tools[].functionDeclarations',
  'tools.functionDeclarations',
  'generationConfig.responseSchema',
  'generationConfig.responseJsonSchema',
  'labels',
]

export const references: ReferenceTable = {
  // countTokens has the request in a member
  opaque: new Set([...opaque, ...opaque.map((path) => `generateContentRequest.${path}`)]),
  conversation: new Set(['contents', 'generateContentRequest.contents']),
  localIds: new Set(),
  state: {
    fileUri: file,
    cachedContent: { what: 'cached content' },
    fileSearchStoreNames: { what: 'a file search store' },
    // Vertex AI: https://docs.cloud.google.com/vertex-ai/generative-ai/docs/reference/rest/v1/Tool
    datastore: { what: 'a data store' },
    engine: { what: 'a search engine' },
    ragCorpora: { what: 'a corpus' },
    ragCorpus: { what: 'a corpus' },
  },
  spell: camel,
  nameOf: (model) => model.replace(/^(?:models\/)+/, ''),
}

/** For embedding requests: the target's model overwrites the model that they name. */
export const embeddingReferences: ReferenceTable = {
  ...references,
  opaque: new Set(['model', 'requests[].model']),
  conversation: new Set(),
}
