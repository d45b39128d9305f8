// The fake upstreams that tests dial: everything is on loopback, raw sockets, and scripted.

export { azure } from './azure.ts'
export { behave, type Behavior, type ManualAnswer } from './behave.ts'
export { chat } from './chat.ts'
export { fakeProvider, closedPort, type FakeProvider } from './fake-provider.ts'
export type { Received } from './request-reader.ts'
export { oauthServer, type OAuthServer } from './oauth-server.ts'
export { testCertificate } from './certificate.ts'
