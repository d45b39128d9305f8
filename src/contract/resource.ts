// What callers ask for: the kinds of operations and of resources that every module shares, and what differs by kind of resource.

export type OperationKind = 'model.generate' | 'model.embed' | 'model.list' | 'tool.call' | 'tool.list' | 'agent.send'

export const resourceKinds = ['model', 'tool', 'agent'] as const
export type ResourceKind = (typeof resourceKinds)[number]

export interface Resource {
  kind: ResourceKind
  /** As the caller named it: a model (`fast`), a target (`openai/gpt-5-mini`), a tool (`github/create_issue`), an agent. */
  name: string
}

/** What grants are written under: `models`, `tools`, `agents`. */
export type GrantKind = `${ResourceKind}s`
export const grantKind = <Kind extends ResourceKind>(kind: Kind): `${Kind}s` => `${kind}s`
export const grantKinds = resourceKinds.map(grantKind)

/**
 * Sections of the configuration whose entries are destinations: the kind of resource that they serve, and what one entry is called.
 * All of them share one namespace, because `a/b` names a target everywhere: in prices, grants, `only`, breakers and records.
 */
export const destinationSections = [
  { section: 'providers', serves: 'model', noun: 'provider' },
  { section: 'mcpServers', serves: 'tool', noun: 'MCP server' },
  { section: 'agents', serves: 'agent', noun: 'agent' },
] as const satisfies readonly { section: string; serves: ResourceKind; noun: string }[]
export type DestinationSection = (typeof destinationSections)[number]['section']
