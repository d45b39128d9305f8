// What other terms than the usual ones cost, in millionths of the usual rates, where a vendor has one factor
// for all its models. What is not here (OpenAI's and Google's `priority`, Anthropic's `fast`) differs from
// model to model: the operator's price says it, or it is unknown.

export const factorsOf: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  // at the rates of batches, which are half: https://developers.openai.com/api/docs/guides/flex-processing
  openai: { flex: 500_000, batch: 500_000 },
  // https://ai.google.dev/gemini-api/docs/optimization
  google: { flex: 500_000, batch: 500_000 },
  // `priority` takes from what was bought before, at the usual rates:
  // https://platform.claude.com/docs/en/about-claude/pricing
  anthropic: { batch: 500_000, priority: 1_000_000, 'geo-us': 1_100_000 },
}
