// What of this dialect's fields is no author's words, for the reading of whatever the named fields leave over (schemas, titles of sources).

import type { UnreadWords } from '../../wire/unread.ts'

const names = [
  'contents parts systemInstruction generationConfig toolConfig safetySettings cachedContent serviceTier labels generateContentRequest',
  'functionDeclarations parametersJsonSchema responseJsonSchema responseSchema response behavior googleSearch googleSearchRetrieval codeExecution',
  'urlContext googleMaps fileSearch computerUse retrieval dynamicRetrievalConfig dynamicThreshold timeRangeFilter excludeDomains',
  'functionCallingConfig allowedFunctionNames mode retrievalConfig latLng latitude longitude languageCode includeServerSideToolInvocations',
  'maxOutputTokens topP topK candidateCount stopSequences responseMimeType responseLogprobs frequencyPenalty presencePenalty responseModalities',
  'thinkingConfig thinkingBudget thinkingLevel includeThoughts speechConfig voiceConfig prebuiltVoiceConfig voiceName multiSpeakerVoiceConfig',
  'imageConfig aspectRatio imageSize mediaResolution audioTimestamp category threshold method',
  'inlineData fileData mimeType fileUri displayName functionCall functionResponse args executableCode codeExecutionResult code language outcome',
  'output result error thought thoughtSignature videoMetadata startOffset endOffset fps partMetadata willContinue scheduling',
  'nullable propertyOrdering minItems maxItems minProperties maxProperties example $defs $ref prefixItems',
  'candidates finishReason finishMessage safetyRatings probability probabilityScore severity severityScore blocked citationMetadata citations',
  'citationSources startIndex endIndex uri license publicationDate avgLogprobs logprobsResult tokenCount groundingMetadata groundingChunks',
  'groundingSupports groundingChunkIndices confidenceScores segment partIndex web domain retrievedContext fileSearchStore maps placeId',
  'webSearchQueries searchEntryPoint renderedContent sdkBlob retrievalMetadata googleSearchDynamicRetrievalScore urlContextMetadata urlMetadata',
  'retrievedUrl urlRetrievalStatus promptFeedback blockReason usageMetadata modelVersion responseId modelStatus createTime',
]
const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
const camel = names.join(' ').split(' ')

export const unread: UnreadWords = {
  keys: new Set([...camel, ...camel.map(snake)]),
  plainMembers: new Set(['usageMetadata', 'modelVersion', 'responseId', 'createTime', 'promptFeedback', 'modelStatus']),
  opaque: new Set([
    'thoughtSignature',
    'thought_signature',
    'mimeType',
    'mime_type',
    'finishReason',
    'responseMimeType',
    'response_mime_type',
    'cachedContent',
    'cached_content',
    'sdkBlob',
    'probability',
    'category',
    'threshold',
  ]),
}
