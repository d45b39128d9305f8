// What callers ask for: the kinds of operations and of resources that every module shares.

export type OperationKind = 'model.generate' | 'model.embed' | 'model.list' | 'tool.call' | 'tool.list' | 'agent.send'

export type ResourceKind = 'model' | 'tool' | 'agent'

export interface Resource {
  kind: ResourceKind
  /** As the caller named it: a model (`fast`), a target (`openai/gpt-5-mini`), a tool (`github/create_issue`), an agent. */
  name: string
}
