// Below a provider's base URL.

export const path = '/embeddings'
