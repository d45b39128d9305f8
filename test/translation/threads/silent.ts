// A thread that never answers.

addEventListener('message', () => undefined)
