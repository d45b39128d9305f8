// The Google searches of a response: fees in addition to the tokens. Models up to 2.5 are billed by grounded
// prompt, later ones by query. The price list decides which of the two counts costs a fee. Empty and repeated
// queries are not billed. https://ai.google.dev/gemini-api/docs/google-search#pricing

import type { Usage } from '../../../../contract/usage.ts'
import { isList } from '../../../../kit/json.ts'
import type { Json } from '../../../../kit/json.ts'

/** Members of `groundingMetadata` that list searches. */
export const queryLists = ['webSearchQueries', 'imageSearchQueries'] as const

/** The searches of one response. Chunks of a stream list them one after another, or repeat all. */
export class Searches {
  private readonly queries = new Set<string>()
  private usage: Usage | undefined

  take(list: (typeof queryLists)[number], queries: Json | undefined): void {
    if (isList(queries))
      for (const query of queries)
        if (typeof query === 'string' && query.trim() !== '') this.queries.add(`${list} ${query}`)
  }

  /**
   * @param counts of this chunk, if it has any
   * @returns all counts so far; undefined when nothing is new
   */
  usageWith(counts: Usage | undefined): Usage | undefined {
    const count = this.queries.size
    if (!counts && (!this.usage || count === (this.usage.fees?.['web_search'] ?? 0))) return undefined
    this.usage = {
      ...(counts ?? this.usage),
      ...(count === 0 ? {} : { fees: { web_search: count, grounded_prompt: 1 } }),
    }
    return this.usage
  }
}
