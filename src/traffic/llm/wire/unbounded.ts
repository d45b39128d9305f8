// Why the cost of a request has no bound: members that make the provider work on its own, or that Gatehouse
// does not know.

/** @param served names of top-level members, which callers may have invented */
export function unboundedBy(served: readonly string[]): string {
  const name = served.find((each) => /^[a-z][a-z0-9_.]{0,39}$/i.test(each))
  return `${name === undefined ? 'a member of the request' : `"${name}"`} may make the provider search or call tools as often as it likes, at a price of its own`
}
