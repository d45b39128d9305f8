// Removes undefined members, because the contract's types distinguish an absent member from an undefined one.

type Optional<T> = { [Key in keyof T as undefined extends T[Key] ? Key : never]?: Exclude<T[Key], undefined> }
type Required<T> = { [Key in keyof T as undefined extends T[Key] ? never : Key]: T[Key] }

export function omitUndefined<T extends object>(value: T): Required<T> & Optional<T> {
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a filter over entries loses the type
  return Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as Required<T> &
    Optional<T>
}
