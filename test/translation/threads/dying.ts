// A thread that ends as soon as it is asked something.

addEventListener('message', () => process.exit(1))
