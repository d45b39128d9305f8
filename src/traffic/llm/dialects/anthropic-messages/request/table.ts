// One row for each member of a Messages request (fields/row.ts explains rows).
// https://docs.claude.com/en/api/messages and, with `anthropic-beta`,
// https://docs.claude.com/en/api/beta-headers

import { createTable, each, withForms } from '../../../fields/index.ts'
import type { FieldRows, GenerateTable, SettingReading } from '../../../fields/index.ts'
import { optionalCount, optionalString, optionalWord } from '../../../../wire/field.ts'
import { free, id, name, number, schema, servedTool, word } from '../../../../wire/fields/form.ts'
import { cacheAt } from '../content-forms.ts'
import { limits } from './limits.ts'
import { toolRows } from './tool-rows.ts'
import { messageRows, systemRows } from './turn-rows.ts'

const formatRowsAt = (path: string): FieldRows => ({
  // The vendor always enforces the schema.
  [path]: { means: 'schema-output', implies: ['strict-schema'], names: ['schema-output'] },
  [`${path}.type`]: { means: 'structure', form: word('json_schema') },
  [`${path}.schema`]: { means: 'verbatim', form: schema },
})

/** decode.ts combines these members. encode-reasoning.ts writes the settings that the model accepts. */
const reasoning: FieldRows = {
  thinking: { means: ['reasoning-budget', 'reasoning-effort', 'reasoning-summary'] },
  'thinking.type': {
    means: 'reasoning-effort',
    form: word('enabled disabled adaptive'),
    read: false,
    write: false,
  },
  'thinking.budget_tokens': {
    means: 'reasoning-budget',
    names: ['reasoning-budget'],
    read: false,
    write: false,
  },
  'thinking.display': {
    means: 'reasoning-summary',
    names: ['reasoning-summary'],
    form: word('summarized omitted'),
    read: false,
    write: false,
  },
  // the treatment of thinking from another conversation; other vendors do not get such thinking
  'thinking.block_binding': { means: 'lost' },
}

const readEffort = ({ document, fields, name: member, path }: SettingReading) =>
  optionalWord(document, fields, member, ['low', 'medium', 'high', 'xhigh', 'max'], path)

const outputConfig: FieldRows = {
  output_config: { means: ['reasoning-effort', 'schema-output'] },
  'output_config.effort': {
    means: 'reasoning-effort',
    names: ['reasoning-effort'],
    form: word('low medium high xhigh max'),
    read: readEffort,
    write: false,
  },
  ...formatRowsAt('output_config.format'),
  'output_config.task_budget': { means: 'lost' },
  // the older beta location of output_config.format
  ...formatRowsAt('output_format'),
}

const readTopK = ({ document, fields, name: member, path }: SettingReading) =>
  optionalCount(document, fields, member, path)

/**
 * Newer models accept no sampling settings, and no model accepts them with reasoning: encode-reasoning.ts.
 */
const sampling: FieldRows = {
  temperature: { means: 'temperature', form: number, write: false },
  top_p: { means: 'top-p', form: number, write: false },
  top_k: { means: 'top-k', form: number, read: readTopK, write: false },
}

function readTier({ document, fields, name: member, path }: SettingReading): string | undefined {
  const tier = optionalString(document, fields, member, path)
  return tier === 'standard_only' ? 'default' : tier
}

const account: FieldRows = {
  service_tier: {
    means: 'service-tier',
    defaults: ['auto'],
    form: word('auto standard_only'),
    read: readTier,
    write: false,
  },
  metadata: { means: 'user', read: false, write: false },
  'metadata.user_id': { means: 'user', names: ['user'] },
}

/** Only Anthropic has them. */
const anthropicsOwn: FieldRows = {
  // the permitted region of a call is a requirement
  inference_geo: { means: 'refused', form: word('us eu global') },
  container: { means: 'refused', form: id },
  'container.id': { form: id },
  'container.skills': { form: servedTool },
  ...each('container.skills[]', 'skill_id version', { form: name }),
  'container.skills[].type': { form: word('anthropic custom') },
  mcp_servers: { means: 'refused' },
  'mcp_servers[].type': { form: word('url') },
  'mcp_servers[].name': { form: name },
  ...each('mcp_servers[]', 'url authorization_token', {}),
  ...each('mcp_servers[].tool_configuration', 'enabled allowed_tools', {}),
  // a conversation that only Anthropic has
  thread: { means: 'refused' },
  // asks for a summary instead of a response
  compaction: { means: 'refused' },
  // the account that pays for it
  billing_policy: { means: 'refused' },
  fallback_credit_token: { means: 'lost' },
  user_profile_id: { means: 'lost' },
  context_management: { means: 'lost' },
  'context_management.edits[].type': {
    form: word('clear_tool_uses_20250919 clear_thinking_20251015 compact_20260112'),
  },
  ...each(
    'context_management.edits[]',
    'trigger keep clear_at_least exclude_tools clear_tool_inputs instructions pause_after_compaction',
    { form: free },
  ),
  speed: { means: 'lost', defaults: ['standard'], form: word('standard fast') },
  fallbacks: { means: 'lost' },
  diagnostics: { means: 'lost' },
}

const cache: FieldRows = withForms(
  {
    cache_control: { means: 'cache', names: ['cache'] },
    'cache_control.type': { means: 'ignored' },
    'cache_control.ttl': { means: 'cache-ttl', names: ['cache-ttl'] },
  },
  cacheAt('cache_control'),
)

/** Settings of other servers. */
const otherServers = each('', 'plugins web_search_options search_parameters enable_search web_search', {
  form: servedTool,
})

export const table: GenerateTable = createTable({
  rows: {
    model: { means: 'structure', form: name },
    // Anthropic requires it: encode.ts has a default.
    max_tokens: { means: 'max-output', form: number, write: false },
    ...systemRows,
    ...messageRows,
    ...toolRows,
    ...reasoning,
    ...outputConfig,
    ...sampling,
    stop_sequences: {
      means: 'stop',
      write: (texts) => (Array.isArray(texts) && texts.length > 0 ? texts : undefined),
    },
    'stop_sequences[]': {},
    ...account,
    ...cache,
    stream: { means: 'structure' },
    ...anthropicsOwn,
    ...otherServers,
  },
  contents: ['messages', 'system'],
  limits,
})
