import type { Config } from '../../kernel/config.ts';

/** Variables of the identity service. */
export const identityConfig = {
  NODE_ENV: {
    type: 'string',
    default: '',
    doc: 'production: demo accounts are refused, BASE_URL must be https (or this machine)',
  },
  ACCESS_TOKEN_TTL: { type: 'integer', default: 600, doc: "seconds that a person's access token lives" },
  OIDC_KEY_GENERATION: {
    type: 'integer',
    default: 1,
    doc: 'raise by one and restart to sign tokens with a new key; the one before still verifies',
  },
  ADMIN_LOGIN: { type: 'string', default: '', doc: 'login of a first administrator, registered at start' },
  ADMIN_PASSWORD: { type: 'string', default: '', doc: 'password of the first administrator; unset it afterwards' },
} as const;

export interface IdentityConfig extends Config<typeof identityConfig> {
  /** Public address of the platform, without a slash at its end; tokens are issued by `<baseUrl>/auth` for `<baseUrl>/fhir`. */
  baseUrl: string;
}
