// The two parts of undici that the hub uses. Its index also loads fetch, WebSocket, caches and mocks, which an idle hub would only hold.
declare module 'undici/lib/dispatcher/agent.js' {
  export { Agent as default } from 'undici'
}
declare module 'undici/lib/core/errors.js' {
  export { errors as default } from 'undici'
}
