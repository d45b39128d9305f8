// Starts a thread, from the source tree or from the single binary.

/** In the binary of `script/build`, modules are in Bun's internal file system. */
const isCompiled = import.meta.url.startsWith('file:///$bunfs/')

/**
 * @param path the path of the thread's module below `src`, such as `main/store-thread.ts`. `script/build` must
 * name it, too, because a bundler cannot see it here (test/deploy/binary.test.ts compares the two lists).
 */
export function openThread(path: string): Worker {
  return new Worker(isCompiled ? `./${path}` : new URL(`../${path}`, import.meta.url).href)
}
