// Which models of OpenAI's reason, by their names: the o series, and GPT from 5 on but those for chat
// (`gpt-5-chat-latest`, `gpt-5.2-chat-latest`).
// https://platform.openai.com/docs/models; the AI SDK's provider draws the same line to ask for encrypted
// reasoning. A deployment of another name is known by the `reasoning` that its callers ask for.

export function reasons(model: string): boolean {
  const [, major, rest = ''] = /^gpt-(\d+)(.*)$/.exec(model) ?? []
  return major === undefined ? /^o\d+(?:-|$)/.test(model) : Number(major) >= 5 && !/-chat(?:-|$)/.test(rest)
}
