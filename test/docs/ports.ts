// Preloaded into the gateway of a story. Pages use port 8080 (and 8081 for the admin API), tests use free
// ports.

const ports: Readonly<Record<string, string | undefined>> = {
  '8080': process.env.STORY_PORT,
  '8081': process.env.STORY_ADMIN_PORT,
}
const serve = Bun.serve.bind(Bun)

Bun.serve = ((options: { port?: number }) => {
  const port = ports[String(options.port)]
  return serve({ ...options, ...(port === undefined ? {} : { port: Number(port) }) } as Parameters<
    typeof serve
  >[0])
}) as typeof Bun.serve
