/** What `import … from 'nettk'` gives. */

export { ERRORS, type ErrorCode, NettkError } from './errors.ts';
export { type Endpoint, formatEndpoint, parseEndpoint } from './net/endpoint.ts';
export { defineService, type Service } from './services/service.ts';
