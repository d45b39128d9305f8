// What each field of a Gemini request stands for. https://ai.google.dev/api/generate-content,
// https://ai.google.dev/api/caching

import type { OldDefaults, OldMeaning, OldRows } from '../../../fields/old-table.ts'

const all = (path: string, names: string, row: OldMeaning): OldRows =>
  Object.fromEntries(names.split(' ').map((name) => [`${path}.${name}`, row]))

const blobAt = (path: string): OldRows => ({
  [path]: ['image', 'audio', 'video', 'file'],
  [`${path}.data`]: ['image', 'audio', 'video', 'file'],
  [`${path}.mimeType`]: 'frame',
  [`${path}.displayName`]: ['file-about', 'media-name'],
})

const fileAt = (path: string): OldRows => ({
  [path]: ['image-url', 'file-url', 'audio', 'video', 'stored-media'],
  [`${path}.fileUri`]: ['image-url', 'file-url', 'audio', 'video', 'stored-media'],
  [`${path}.mimeType`]: 'frame',
  [`${path}.displayName`]: ['file-about', 'media-name'],
})

const part = 'contents[].parts[]'

const contents: OldRows = {
  contents: 'frame',
  'contents[].role': 'frame',
  'contents[].parts': 'frame',
  [`${part}.text`]: 'frame',
  [`${part}.thought`]: 'unsigned-reasoning',
  [`${part}.thoughtSignature`]: ['given-reasoning', 'signature'],
  ...blobAt(`${part}.inlineData`),
  ...fileAt(`${part}.fileData`),
  [`${part}.functionCall`]: 'frame',
  ...all(`${part}.functionCall`, 'id name', 'frame'),
  [`${part}.functionCall.args`]: 'whole',
  // pieces of arguments: only in answers
  ...all(`${part}.functionCall`, 'partialArgs willContinue', 'refused'),
  [`${part}.functionResponse`]: 'frame',
  ...all(`${part}.functionResponse`, 'id name', 'frame'),
  [`${part}.functionResponse.response`]: 'whole',
  [`${part}.functionResponse.parts`]: 'tool-result-media',
  ...blobAt(`${part}.functionResponse.parts[].inlineData`),
  ...fileAt(`${part}.functionResponse.parts[].fileData`),
  [`${part}.functionResponse.parts[].mediaProcessing`]: 'lost',
  ...all(`${part}.functionResponse`, 'scheduling willContinue', 'lost'),
  ...all(part, 'toolCall toolResponse executableCode codeExecutionResult', 'native'),
  ...all(
    part,
    'videoMetadata mediaResolution mediaProcessing partMetadata speechMetadata audioTranscription',
    'lost',
  ),
  systemInstruction: 'frame',
  'systemInstruction.role': 'moot',
  'systemInstruction.parts': 'frame',
  'systemInstruction.parts[].text': 'frame',
  ...all(
    'systemInstruction.parts[]',
    'inlineData fileData functionCall functionResponse toolCall toolResponse',
    'refused',
  ),
  ...all('systemInstruction.parts[]', 'executableCode codeExecutionResult', 'refused'),
  ...all(
    'systemInstruction.parts[]',
    'thought thoughtSignature videoMetadata mediaResolution mediaProcessing',
    'lost',
  ),
  ...all('systemInstruction.parts[]', 'partMetadata speechMetadata audioTranscription', 'lost'),
}

const tools: OldRows = {
  tools: ['tools', 'native-tool'],
  'tools[].functionDeclarations': 'tools',
  ...all('tools[].functionDeclarations[]', 'name description', 'frame'),
  ...all('tools[].functionDeclarations[]', 'parameters parametersJsonSchema', 'whole'),
  // what the function gives back, and whether the model waits for it
  ...all('tools[].functionDeclarations[]', 'response responseJsonSchema behavior', 'lost'),
  ...all(
    'tools[]',
    'googleSearch googleSearchRetrieval googleMaps enterpriseWebSearch exaAiSearch parallelAiSearch',
    'native-tool',
  ),
  ...all('tools[]', 'codeExecution computerUse fileSearch mcpServers retrieval urlContext', 'native-tool'),
  toolConfig: ['tool-choice', 'allowed-tools'],
  'toolConfig.functionCallingConfig': ['tool-choice', 'allowed-tools'],
  // whether calls are checked is a hint, whether there must be some is not
  'toolConfig.functionCallingConfig.mode': 'frame',
  'toolConfig.functionCallingConfig.allowedFunctionNames': 'allowed-tools',
  // how the answer is cut
  'toolConfig.functionCallingConfig.streamFunctionCallArguments': 'lost',
  'toolConfig.retrievalConfig': 'lost',
  'toolConfig.includeServerSideToolInvocations': 'lost',
}

const config = 'generationConfig'

const settings: OldRows = {
  [config]: 'frame',
  [`${config}.temperature`]: 'temperature',
  [`${config}.topP`]: 'top-p',
  [`${config}.topK`]: 'top-k',
  [`${config}.maxOutputTokens`]: 'max-output',
  [`${config}.stopSequences`]: 'stop',
  [`${config}.candidateCount`]: 'count',
  [`${config}.seed`]: 'seed',
  [`${config}.frequencyPenalty`]: 'frequency-penalty',
  [`${config}.presencePenalty`]: 'presence-penalty',
  [`${config}.responseMimeType`]: ['json-output', 'schema-output'],
  ...all(config, 'responseSchema responseJsonSchema', 'whole'),
  [`${config}.responseFormat`]: 'refused',
  ...all(config, 'responseLogprobs logprobs', 'logprobs'),
  [`${config}.thinkingConfig`]: ['reasoning-effort', 'reasoning-budget', 'reasoning-summary'],
  [`${config}.thinkingConfig.thinkingLevel`]: 'reasoning-effort',
  [`${config}.thinkingConfig.thinkingBudget`]: 'reasoning-budget',
  [`${config}.thinkingConfig.includeThoughts`]: 'reasoning-summary',
  [`${config}.responseModalities`]: ['audio-output', 'image-output'],
  [`${config}.speechConfig`]: 'audio-output',
  [`${config}.speechConfig.voiceConfig`]: 'audio-output',
  [`${config}.speechConfig.voiceConfig.prebuiltVoiceConfig`]: 'audio-output',
  [`${config}.speechConfig.voiceConfig.prebuiltVoiceConfig.voiceName`]: 'audio-output',
  // voices of one's own, and several of them
  ...all(`${config}.speechConfig.voiceConfig`, 'replicatedVoiceConfig voice', 'refused'),
  [`${config}.speechConfig.multiSpeakerVoiceConfig`]: 'refused',
  [`${config}.speechConfig.languageCode`]: 'lost',
  ...all(
    config,
    'imageConfig mediaResolution audioTimestamp audioTranscriptionConfig enableAffectiveDialog',
    'lost',
  ),
  ...all(config, 'enableEnhancedCivicAnswers routingConfig modelSelectionConfig', 'lost'),
  // what is asked for is another task
  [`${config}.translationConfig`]: 'refused',
}

export const rows: OldRows = {
  // some clients say it in the body too
  model: 'frame',
  ...contents,
  ...tools,
  ...settings,
  // how strictly Google blocks; other vendors have their own ways
  safetySettings: 'lost',
  // a rule of the caller's own house (Vertex AI): nobody else keeps it
  modelArmorConfig: 'refused',
  // a part of the prompt that only Google has
  cachedContent: 'refused',
  // an answer that only Google can go on with
  continuationToken: 'refused',
  // where Google would put what was made
  generationOutputConfig: 'refused',
  serviceTier: 'service-tier',
  labels: 'metadata',
  store: 'store',
}

export const idle: OldDefaults = {
  'toolConfig.functionCallingConfig.mode': ['AUTO', 'auto'],
  'generationConfig.responseMimeType': ['text/plain'],
  'generationConfig.responseModalities': [['TEXT']],
  'toolConfig.functionCallingConfig.streamFunctionCallArguments': [false],
  'toolConfig.includeServerSideToolInvocations': [false],
}
