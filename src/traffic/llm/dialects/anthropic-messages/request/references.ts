// The fields of a Messages request that name other models, or objects in the vendor's account.

import type { ReferenceTable } from '../../../wire/references.ts'

/** Unchanged results of tools that Anthropic ran. The ids in them are text for the model. */
const results = [
  'bash_code_execution',
  'code_execution',
  'text_editor_code_execution',
  'web_fetch',
  'web_search',
  'tool_search',
  'advisor',
]

export const references: ReferenceTable = {
  opaque: new Set([
    ...['tool_use', 'server_tool_use', 'mcp_tool_use'].map((type) => `messages[].content[]{${type}}.input`),
    ...results.map((tool) => `messages[].content[]{${tool}_tool_result}`),
    'messages[].content[].citations',
    'tools[]{custom}.input_schema',
    'tools[]{}.input_schema',
    'tools[]{custom}.input_examples',
    'tools[]{}.input_examples',
    'output_config',
    'output_format',
    'metadata',
  ]),
  conversation: new Set(['messages', 'system']),
  localIds: new Set(['tool_use_id', 'user_id', 'tool_id', 'tab_id']),
  state: {
    // a container, given by id or with skills
    container: { what: 'a container' },
    'container.id': { what: 'a container' },
    skill_id: { what: 'a skill' },
    // Anthropic's own skills are the same for every account:
    // https://platform.claude.com/docs/en/build-with-claude/skills-guide
    'container.skills[]{anthropic}.skill_id': { what: 'a skill', isIn: () => false },
  },
}
