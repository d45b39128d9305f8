// The values of Gemini's responses and Google's errors that guards need not read.
// https://ai.google.dev/api/generate-content#v1beta.GenerateContentResponse,
// https://cloud.google.com/apis/design/errors

import { all } from '../../../../wire/fields/all.ts'
import { free, name, number, sealed, text, time, vector, word } from '../../../../wire/fields/form.ts'
import type { FormTable } from '../../../../wire/fields/tree.ts'
import { categories, partsAt } from '../content-forms.ts'

const ratingsAt = (path: string): FormTable => ({
  [`${path}.category`]: word(categories()),
  ...all(
    path,
    'probability severity',
    word(
      'NEGLIGIBLE LOW MEDIUM HIGH HARM_PROBABILITY_UNSPECIFIED HARM_SEVERITY_NEGLIGIBLE HARM_SEVERITY_LOW',
    ),
  ),
  ...all(path, 'probabilityScore severityScore', number),
  ...all(path, 'blocked overwrittenThreshold', text),
})

const candidate = 'candidates[]'
const reasons =
  'STOP MAX_TOKENS SAFETY RECITATION LANGUAGE OTHER BLOCKLIST PROHIBITED_CONTENT SPII MALFORMED_FUNCTION_CALL IMAGE_SAFETY IMAGE_PROHIBITED_CONTENT ' +
  'IMAGE_OTHER NO_IMAGE IMAGE_RECITATION UNEXPECTED_TOOL_CALL TOO_MANY_TOOL_CALLS MISSING_THOUGHT_SIGNATURE FINISH_REASON_UNSPECIFIED'

const grounding = `${candidate}.groundingMetadata`

const groundingForms: FormTable = {
  ...all(`${grounding}.groundingChunks[].web`, 'uri title domain', text),
  ...all(`${grounding}.groundingChunks[].retrievedContext`, 'uri title text fileSearchStore', text),
  ...all(`${grounding}.groundingChunks[].maps`, 'uri title text placeId', text),
  ...all(`${grounding}.groundingSupports[].segment`, 'startIndex endIndex partIndex', number),
  [`${grounding}.groundingSupports[].segment.text`]: text,
  [`${grounding}.groundingSupports[].groundingChunkIndices[]`]: number,
  [`${grounding}.groundingSupports[].confidenceScores[]`]: number,
  ...all(grounding, 'webSearchQueries[] imageSearchQueries[] retrievalQueries[]', text),
  [`${grounding}.searchEntryPoint.renderedContent`]: text,
  [`${grounding}.searchEntryPoint.sdkBlob`]: sealed,
  [`${grounding}.retrievalMetadata.googleSearchDynamicRetrievalScore`]: number,
}

const modality = word('TEXT IMAGE AUDIO VIDEO DOCUMENT MODALITY_UNSPECIFIED')
const details = 'promptTokensDetails cacheTokensDetails candidatesTokensDetails toolUsePromptTokensDetails'

const tokensAt = (path: string): FormTable => ({
  [`${path}.token`]: text,
  ...all(path, 'tokenId logProbability', number),
})

export const forms: FormTable = {
  ...all(candidate, 'index tokenCount avgLogprobs', number),
  [`${candidate}.finishReason`]: word(reasons),
  [`${candidate}.finishMessage`]: text,
  [`${candidate}.content.role`]: word('model user'),
  ...partsAt(`${candidate}.content.parts[]`),
  ...ratingsAt(`${candidate}.safetyRatings[]`),
  ...all(`${candidate}.citationMetadata.citationSources[]`, 'startIndex endIndex', number),
  ...all(`${candidate}.citationMetadata.citationSources[]`, 'uri license title', text),
  ...all(`${candidate}.citationMetadata.citations[]`, 'startIndex endIndex', number),
  ...all(`${candidate}.citationMetadata.citations[]`, 'uri license title', text),
  ...tokensAt(`${candidate}.logprobsResult.chosenCandidates[]`),
  ...tokensAt(`${candidate}.logprobsResult.topCandidates[].candidates[]`),
  ...groundingForms,
  ...all(`${candidate}.urlContextMetadata.urlMetadata[]`, 'retrievedUrl', text),
  [`${candidate}.urlContextMetadata.urlMetadata[].urlRetrievalStatus`]: word(
    'URL_RETRIEVAL_STATUS_SUCCESS URL_RETRIEVAL_STATUS_ERROR URL_RETRIEVAL_STATUS_PAYWALL URL_RETRIEVAL_STATUS_UNSAFE',
  ),
  ...all(
    'usageMetadata',
    'promptTokenCount candidatesTokenCount totalTokenCount thoughtsTokenCount cachedContentTokenCount',
    number,
  ),
  ...all('usageMetadata', 'toolUsePromptTokenCount', number),
  ...Object.fromEntries(details.split(' ').flatMap((each) => detailAt(each))),
  'usageMetadata.serviceTier': word('standard flex priority STANDARD FLEX PRIORITY'),
  'usageMetadata.trafficType': word('ON_DEMAND PROVISIONED_THROUGHPUT TRAFFIC_TYPE_UNSPECIFIED'),
  modelVersion: name,
  responseId: sealed,
  createTime: time,
  'promptFeedback.blockReason': word(
    'SAFETY OTHER BLOCKLIST PROHIBITED_CONTENT IMAGE_SAFETY MODEL_ARMOR JAILBREAK BLOCK_REASON_UNSPECIFIED',
  ),
  'promptFeedback.blockReasonMessage': text,
  ...ratingsAt('promptFeedback.safetyRatings[]'),
  'modelStatus.modelStage': word(
    'STABLE PREVIEW EXPERIMENTAL LEGACY DEPRECATED RETIRED MODEL_STAGE_UNSPECIFIED UNSTABLE_EXPERIMENTAL',
  ),
  'modelStatus.retirementTime': time,
  'modelStatus.message': text,
  'error.code': number,
  'error.message': text,
  'error.status': word(statuses()),
  'error.details[]': free,
  // of counts and embeddings
  totalTokens: number,
  cachedContentTokenCount: number,
  'embedding.values': vector,
  'embedding.values[]': vector,
  'embeddings[].values': vector,
  'embeddings[].values[]': vector,
}

function detailAt(list: string): [string, typeof number][] {
  return [
    [`usageMetadata.${list}[].modality`, modality],
    [`usageMetadata.${list}[].tokenCount`, number],
  ]
}

/** https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto */
function statuses(): string {
  return (
    'INVALID_ARGUMENT FAILED_PRECONDITION OUT_OF_RANGE UNAUTHENTICATED PERMISSION_DENIED NOT_FOUND ABORTED ALREADY_EXISTS RESOURCE_EXHAUSTED ' +
    'CANCELLED DATA_LOSS UNKNOWN INTERNAL UNIMPLEMENTED UNAVAILABLE DEADLINE_EXCEEDED'
  )
}
