// JSON as values, for the parts of a translation that are carried and not understood (schemas, native blocks, metadata).

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }
