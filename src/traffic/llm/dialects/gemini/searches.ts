// Searches of Google that an answer rests on: fees beside the tokens. Models up to 2.5 are billed by the
// prompt that was grounded, later ones by the query; which of the two counts costs something is the price
// list's to say. Queries that are empty or stand there twice are not billed.
// https://ai.google.dev/gemini-api/docs/google-search#pricing

import type { Usage } from '../../../../contract/usage.ts'
import { isList } from '../../../../kit/json.ts'
import type { Json } from '../../../../kit/json.ts'

/** Members of `groundingMetadata` that list them. */
export const queryLists = ['webSearchQueries', 'imageSearchQueries'] as const

/** The searches of one answer. Chunks of a stream tell them one after another, or all again. */
export class Searches {
  private readonly queries = new Set<string>()
  private usage: Usage | undefined

  take(list: (typeof queryLists)[number], queries: Json | undefined): void {
    if (isList(queries))
      for (const query of queries)
        if (typeof query === 'string' && query.trim() !== '') this.queries.add(`${list} ${query}`)
  }

  /**
   * @param counts of this chunk, if it tells any
   * @returns all that is known by now; undefined: nothing new
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
