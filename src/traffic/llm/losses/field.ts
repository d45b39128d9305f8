// Every field of the canonical requests that a dialect may be unable to carry, and what happens then. `lost`:
// a hint; the call goes on and the loss is named. `refused`: the answer would mean something else; the call
// is a 400. Together with each dialect's rows (dialect.ts) this is the one table from which losses happen and
// are documented.

export type Fate = 'lost' | 'refused'

/** Of text generation. */
export const generateFields = {
  developer: { fate: 'lost', meaning: 'Instructions of the rank "developer": given as system instructions.' },
  'instruction-inside': {
    fate: 'lost',
    meaning:
      'Instructions in the middle of the conversation: moved to its beginning, or said by the user behind the assistant’s last turn.',
  },
  'instructions-only': {
    fate: 'lost',
    meaning:
      'Instructions without a conversation: given as what the user says where a conversation is needed.',
  },
  'assistant-first': {
    fate: 'lost',
    meaning: 'A conversation that the assistant begins: a short turn of the user comes before it.',
  },
  'missing-result': {
    fate: 'lost',
    meaning: 'A call that has no result although the conversation went on: its result says so.',
  },
  'participant-name': { fate: 'lost', meaning: 'Name of a participant.' },
  prefill: { fate: 'refused', meaning: 'A last turn of the assistant, from which the model goes on.' },
  image: { fate: 'refused', meaning: 'Images.' },
  'image-url': { fate: 'refused', meaning: 'Images that the provider fetches.' },
  'image-detail': { fate: 'lost', meaning: 'How closely an image is looked at.' },
  audio: { fate: 'refused', meaning: 'Recordings.' },
  'audio-url': { fate: 'refused', meaning: 'Recordings that the provider fetches.' },
  video: { fate: 'refused', meaning: 'Films.' },
  file: { fate: 'refused', meaning: 'Documents (PDF and others).' },
  'file-url': { fate: 'refused', meaning: 'Documents that the provider fetches.' },
  'file-text': { fate: 'refused', meaning: 'Documents given as plain text.' },
  'file-about': { fate: 'lost', meaning: 'Name or title of a document.' },
  'media-name': { fate: 'lost', meaning: 'Name of an image, a recording or a film.' },
  'file-context': { fate: 'lost', meaning: 'What a document is about, said beside it.' },
  'file-citable': { fate: 'lost', meaning: 'The wish for citations of a document.' },
  'stored-media': { fate: 'refused', meaning: 'Media uploaded to a vendor before, named by id.' },
  'assistant-media': { fate: 'refused', meaning: 'Media in what the assistant said.' },
  refusal: { fate: 'lost', meaning: 'Marks an earlier answer as a refusal: given as text.' },
  'given-citations': { fate: 'lost', meaning: 'Citations of an earlier answer.' },
  'given-reasoning': {
    fate: 'lost',
    meaning: 'Reasoning of earlier answers that only another vendor can verify.',
  },
  'unsigned-reasoning': { fate: 'lost', meaning: 'Reasoning of earlier answers that nobody signed.' },
  signature: { fate: 'lost', meaning: 'A vendor’s proof on text or tool calls of earlier answers.' },
  native: { fate: 'refused', meaning: 'Blocks that only the dialect they come from understands.' },
  tools: { fate: 'refused', meaning: 'Functions that the model may call.' },
  'tool-description': {
    fate: 'lost',
    meaning: 'Descriptions of tools: what is beyond the vendor’s length is given with the instructions.',
  },
  'custom-tool': {
    fate: 'refused',
    meaning: 'Tools that take free text: given as functions of one text where there are none.',
  },
  'custom-tool-grammar': {
    fate: 'lost',
    meaning: 'The grammar of a tool’s free text: told in the description where it cannot be enforced.',
  },
  'native-tool': {
    fate: 'refused',
    meaning: 'Tools that the vendor runs: left out where other tools are offered and nobody demands them.',
  },
  'strict-tool': {
    fate: 'refused',
    meaning:
      'Arguments that must follow their schema exactly: a schema that OpenAI cannot hold them to is a loss.',
  },
  'tool-choice': { fate: 'refused', meaning: 'Which tools must, may or must not be called.' },
  'allowed-tools': { fate: 'refused', meaning: 'Choosing among some of the tools only.' },
  'parallel-tool-calls': { fate: 'lost', meaning: 'Whether several tools may be called in one answer.' },
  'tool-result-media': { fate: 'refused', meaning: 'Images and files in a tool’s result.' },
  'tool-result-error': { fate: 'lost', meaning: 'Marks a tool’s result as a failure.' },
  'json-output': { fate: 'refused', meaning: 'Output that must be JSON.' },
  'schema-output': { fate: 'refused', meaning: 'Output that must follow a schema.' },
  'strict-schema': {
    fate: 'lost',
    meaning: 'Holding the output to its schema, or not: some vendors always do.',
  },
  'schema-bounds': {
    fate: 'lost',
    meaning:
      'Lengths, ranges and patterns in an output schema: told in its descriptions where they cannot be enforced.',
  },
  'tool-bounds': {
    fate: 'lost',
    meaning:
      'Lengths, ranges and patterns in the schema of strict arguments, and alternatives at the top of any: told in its descriptions.',
  },
  'schema-name': { fate: 'lost', meaning: 'Name and description of an output schema.' },
  temperature: { fate: 'lost', meaning: 'Sampling temperature.' },
  'top-p': { fate: 'lost', meaning: 'Nucleus sampling.' },
  'top-k': { fate: 'lost', meaning: 'Sampling among the k likeliest tokens.' },
  'min-p': { fate: 'lost', meaning: 'Sampling above a share of the likeliest token.' },
  'frequency-penalty': { fate: 'lost', meaning: 'Penalty on repeated tokens.' },
  'presence-penalty': { fate: 'lost', meaning: 'Penalty on tokens that occurred.' },
  seed: { fate: 'lost', meaning: 'Seed of the sampling.' },
  'logit-bias': { fate: 'refused', meaning: 'Bias on single tokens.' },
  'max-output': { fate: 'refused', meaning: 'Limit on the output.' },
  stop: { fate: 'refused', meaning: 'Texts that end the answer.' },
  'reasoning-effort': { fate: 'lost', meaning: 'How hard the model should think.' },
  'reasoning-budget': { fate: 'lost', meaning: 'How many tokens the model may think: given as an effort.' },
  'reasoning-summary': { fate: 'lost', meaning: 'Whether and how reasoning is shown.' },
  verbosity: { fate: 'lost', meaning: 'How wordy the answer should be.' },
  count: { fate: 'refused', meaning: 'Several answers to one request.' },
  logprobs: { fate: 'refused', meaning: 'Log-probabilities of the answer’s tokens.' },
  'audio-output': { fate: 'refused', meaning: 'Spoken answers.' },
  'audio-format': { fate: 'refused', meaning: 'Format of spoken answers.' },
  'image-output': { fate: 'refused', meaning: 'Drawn answers.' },
  'service-tier': { fate: 'lost', meaning: 'The tier that should serve the call.' },
  user: { fate: 'lost', meaning: 'The caller’s end user.' },
  metadata: { fate: 'lost', meaning: 'What the vendor keeps beside the call.' },
  'cache-key': { fate: 'lost', meaning: 'Groups calls for the vendor’s cache.' },
  cache: { fate: 'lost', meaning: 'Marks of what may be cached.' },
  'cache-ttl': { fate: 'lost', meaning: 'How long a cached prefix is kept.' },
  store: { fate: 'lost', meaning: 'Whether the vendor keeps the answer.' },
} as const satisfies Readonly<Record<string, { fate: Fate; meaning: string }>>

/** Of embeddings. */
export const embedFields = {
  'token-ids': {
    fate: 'refused',
    meaning: 'Inputs given as ids of tokens, which only models with the same tokens understand.',
  },
  'embedded-media': { fate: 'refused', meaning: 'Images, recordings, films and documents to be embedded.' },
  'embedded-parts': {
    fate: 'lost',
    meaning: 'The borders between several texts of one input: joined by line breaks.',
  },
  'task-type': { fate: 'lost', meaning: 'What the vector is for.' },
  'input-title': { fate: 'lost', meaning: 'Title of an embedded document.' },
  dimensions: { fate: 'refused', meaning: 'Length of the vectors.' },
  'mixed-dimensions': { fate: 'refused', meaning: 'Vectors of several lengths in one call.' },
  'many-inputs': { fate: 'refused', meaning: 'More inputs than the vendor takes in one call.' },
  user: generateFields.user,
} as const satisfies Readonly<Record<string, { fate: Fate; meaning: string }>>

export const canonicalFields = { ...generateFields, ...embedFields }

export type GenerateField = keyof typeof generateFields
export type EmbedField = keyof typeof embedFields
export type CanonicalField = keyof typeof canonicalFields
