// The shape of a dialect folder, as data: the job of each file.

/** The folders, with the family of operations that each folder translates. */
export const dialects: Readonly<Record<string, 'generate' | 'embed'>> = {
  'anthropic-messages': 'generate',
  gemini: 'generate',
  'openai-chat': 'generate',
  'openai-responses': 'generate',
  'gemini/embeddings': 'embed',
  'openai-embeddings': 'embed',
}

type Files = Readonly<Record<string, string>>

const shared: Files = {
  'index.ts': 'what other folders may import',
  'codec.ts': 'the translation from and to the canonical form, put together',
  'endpoint.ts': 'the HTTP endpoints, and where a client sends its key',
  'operation.ts': 'what the gate needs to know to govern a call',
  'request/view.ts': 'the lens on a request: the fields that the gateway acts on',
  'request/table.ts': 'one row per field of a request',
  'request/demand.ts': 'the most that a call may use',
  'request/decode.ts': 'a request of a client in canonical form',
  'request/encode.ts': 'the canonical request for a provider',
  'response/view.ts': 'the lens on a response: usage, end, errors',
}

/** Every dialect of the family has them. */
export const commonFiles: Readonly<Record<'generate' | 'embed', Files>> = {
  generate: {
    ...shared,
    'errors.ts': 'errors of clients and providers in both directions',
    'finish.ts': 'the reasons why a response ended, in both directions',
    'usage.ts': 'token counts in both directions',
    'citations.ts': 'citations in both directions',
    'request/content.ts': 'the texts of a request that guards read',
    'request/tools.ts': 'the tools that a caller offers',
    'request/references.ts': 'the fields that name other models, or objects in the vendor’s account',
    'request/forward.ts': 'the caller’s own bytes on the way to a provider of the same dialect',
    'request/limits.ts': 'the values that the vendor accepts',
    'request/decode-turns.ts': 'the conversation, as canonical turns',
    'request/decode-blocks.ts': 'the content of a turn, as canonical blocks',
    'request/decode-tools.ts': 'tools and the choice among them in canonical form',
    'request/encode-turns.ts': 'canonical turns for a provider',
    'response/content.ts': 'the texts of a response that guards read',
    'response/forms.ts': 'the values of a response that guards need not read',
    'response/decode.ts': 'a response of a provider as canonical events',
    'response/encode.ts': 'canonical events for a client',
  },
  embed: {
    ...shared,
    'response/codec.ts': 'a response in both directions: it has one shape and no stream',
  },
}

/** Several dialects have these files. The same job has the same name in each of them. */
export const optionalFiles: Files = {
  'models-endpoint.ts': 'the list of models (openai-responses has that of openai-chat)',
  'content-forms.ts': 'forms of values that requests and responses share',
  'signatures.ts': 'proofs of reasoning, where the dialect has one field for those of all vendors',
  'request/settings.ts': 'settings whose values the vendor writes in its own way',
  'request/turn-rows.ts': 'rows of the table: the conversation',
  'request/tool-rows.ts': 'rows of the table: tools',
  'request/media.ts': 'images and other media in both directions',
  'request/schema.ts': 'JSON Schemas in the vendor’s subset',
  'request/encode-tools.ts': 'tools and the choice among them for a provider',
  'request/encode-reasoning.ts': 'the settings of reasoning for each generation of models',
  'response/encode-stream.ts': 'the parts of a response as events of a stream',
  'response/encode-whole.ts': 'the parts of a response gathered as one object',
  'response/decode-choice.ts': 'one of several choices of a response',
}

/** Only one dialect has these files, for the given reason. */
export const extraFiles: Readonly<Record<string, Files>> = {
  'anthropic-messages': {
    'request/cache.ts': 'marks the ends of cached prefixes',
    'request/foreign-signatures.ts': 'removes thinking that only another vendor can verify',
    'request/encode-blocks.ts': 'blocks nest: results of tools hold blocks',
    'response/decode-blocks.ts': 'a block has its own start, pieces and end',
  },
  gemini: {
    'address.ts': 'the model and the method are in the path',
    'google-fields.ts': 'field names have two spellings',
    'searches.ts': 'searches cost fees, but are not in the usage',
    'request/call-ids.ts': 'calls and results have no ids in older requests',
    'request/generation.ts': 'settings differ between generations of models',
    'request/decode-config.ts': 'settings are in an object of their own',
    'request/encode-config.ts': 'settings are in an object of their own',
    'request/decode-results.ts': 'results of functions are objects',
    'request/encode-results.ts': 'results of functions are objects',
    'response/array-stream.ts': 'a stream can also be one JSON array',
    'response/encode-choice.ts': 'candidates are gathered until their end',
    'response/logprobs.ts': 'tokens and alternatives are in two lists',
  },
  'openai-chat': {
    'reasoning.ts': 'vendors add reasoning and signatures in several fields of their own',
    'response/decode-calls.ts': 'calls arrive in pieces that only an index ties together',
    'response/repair.ts': 'many servers depart from the dialect',
  },
  'openai-responses': {
    'tool-names.ts': 'tools have namespaces and kinds that others write as one name',
    'request/stateless.ts': 'the gateway keeps the state that the vendor would keep',
    'response/decode-item.ts': 'output is a list of items of many kinds',
    'response/output-item.ts': 'output is a list of items of many kinds',
    'response/message-item.ts': 'output is a list of items of many kinds',
    'response/call-item.ts': 'output is a list of items of many kinds',
    'response/reasoning-item.ts': 'output is a list of items of many kinds',
    'response/echo.ts': 'a response repeats settings of its request',
    'state/endpoint.ts': 'kept responses: what their endpoints share',
    'state/endpoints.ts': 'kept responses: read, delete, cancel',
    'state/kept.ts': 'kept responses: what callers may refer to',
    'state/sealed-store.ts': 'kept responses: the store',
    'state/kept-response.ts': 'kept responses: the stored form',
    'state/shelf.ts': 'kept responses: those in memory',
    'state/capture.ts': 'kept responses: on their way to the client',
    'state/rewrite.ts': 'kept responses: with ids of the gateway',
    'state/expand.ts': 'kept responses: a request that continues one',
    'state/input-page.ts': 'kept responses: the input as a list',
  },
}
