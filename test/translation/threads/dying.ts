// A thread that ends at its first job.

addEventListener('message', () => process.exit(1))
