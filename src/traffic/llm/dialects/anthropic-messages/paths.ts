// Where Anthropic answers, below its base URL.

export const messagesPath = '/v1/messages'
export const countPath = '/v1/messages/count_tokens'
