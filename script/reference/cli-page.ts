// docs/reference/cli.md, from the commands' own help.

import { commands } from './commands.ts'

export function cliPage(): string {
  const sections = commands().map(({ line, help }) => `## ${line}\n\n\`\`\`text\n${help}\n\`\`\`\n`)
  return `# Command line

Generated from the commands' own help by \`script/reference.ts\`.

\`serve\`, \`check\` and \`doctor\` read the configuration of this machine. All others ask a running gateway over its admin API: they want its address
(\`--url\`, \`$GATEHOUSE_URL\`) and the admin key (\`$GATEHOUSE_ADMIN_KEY\`, \`--admin-key-file\`). \`--json\` prints what the admin API answered.

${sections.join('\n')}`
}
