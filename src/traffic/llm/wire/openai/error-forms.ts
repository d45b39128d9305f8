// The values of OpenAI's errors that guards need not read. Messages are texts, because they may quote the
// request. https://platform.openai.com/docs/guides/error-codes

import { all } from '../../../wire/fields/all.ts'
import { number, text, word } from '../../../wire/fields/form.ts'
import type { FormTable } from '../../../wire/fields/tree.ts'

const types =
  'invalid_request_error authentication_error permission_error not_found_error rate_limit_error tokens requests insufficient_quota server_error ' +
  'api_error overloaded_error timeout_error upstream_error service_unavailable_error'
const codes =
  'invalid_api_key model_not_found context_length_exceeded rate_limit_exceeded insufficient_quota content_filter content_policy_violation ' +
  'invalid_value missing_required_parameter unknown_parameter unsupported_value unsupported_parameter server_error unsupported_country_region_territory ' +
  'billing_hard_limit_reached invalid_type invalid_prompt vector_store_timeout invalid_image image_too_large DeploymentNotFound'

const errorAt = (path: string): FormTable => ({
  ...all(path, 'message param', text),
  [path === '' ? 'type' : `${path}.type`]: word(types),
  [path === '' ? 'code' : `${path}.code`]: word(codes),
})

export const openaiErrors: FormTable = { ...errorAt('error'), 'error.status': number }
