import { trustedProxies } from './kernel/rest/proxies.ts';

/** Variables of the host process; each service adds its own. `npm start -- --help` prints them all. */
export const platformConfig = {
  HTTP_PORT: { type: 'port', default: 8080, doc: 'FHIR, OIDC, the audit log, health and metrics' },
  GRPC_PORT: { type: 'port', default: 9090, doc: 'all gRPC services' },
  HOST: { type: 'string', default: '127.0.0.1', doc: 'address to listen on' },
  BASE_URL: {
    type: 'string',
    default: '',
    doc: 'public address, without a slash at its end (default http://localhost:HTTP_PORT)',
  },
  DATA_DIR: { type: 'string', default: 'data', doc: 'folder of the stores, the ledger and the key file' },
  BODY_LIMIT: { type: 'integer', default: 32 * 1024 * 1024, doc: 'largest request body, bytes' },
  ...trustedProxies,
  OTEL_EXPORTER_OTLP_ENDPOINT: {
    type: 'string',
    default: '',
    doc: 'collector to export traces to, by OTLP; the other OTEL_* variables hold too (default: no tracing)',
  },
  LOG_LEVEL: { type: 'string', default: 'info', doc: 'fatal, error, warn, info, debug or silent' },
} as const;
