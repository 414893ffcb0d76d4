import { platformConfig } from './platform.config.ts';

const { HTTP_PORT, HOST, BODY_LIMIT, BASE_URL, TRUSTED_PROXIES, OTEL_EXPORTER_OTLP_ENDPOINT, LOG_LEVEL } =
  platformConfig;

/** Variables of a process that runs one service. */
export const distributedConfig = {
  HTTP_PORT: { ...HTTP_PORT, doc: 'the REST doors of this service, health and metrics' },
  HOST,
  BASE_URL: {
    ...BASE_URL,
    doc: 'public address of the platform, without a slash at its end',
    default: 'http://localhost:8080',
  },
  ISSUER_KEYS: {
    type: 'string',
    default: '',
    doc: 'where keys of access tokens are, commas between (default BASE_URL/auth/jwks)',
  },
  MONGODB_URL: { type: 'string', default: '', doc: 'mongodb://… of a replica set, with user, password and TLS' },
  MONGODB_PREFIX: { type: 'string', default: 'healthchain-', doc: "put before the service's name: its database" },
  ...{ BODY_LIMIT, TRUSTED_PROXIES, OTEL_EXPORTER_OTLP_ENDPOINT, LOG_LEVEL },
} as const;
