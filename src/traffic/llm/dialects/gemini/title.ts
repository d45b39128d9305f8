// What an answer of this dialect is called when it is none.

export const title = 'a Gemini answer'
