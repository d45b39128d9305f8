// A thread that never responds.

addEventListener('message', () => undefined)
