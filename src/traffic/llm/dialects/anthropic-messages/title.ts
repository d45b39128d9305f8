// What an answer of this dialect is called in messages about what is not one.

export const title = 'an Anthropic Messages answer'
