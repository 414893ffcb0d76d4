import type { Config } from '../../kernel/config.ts';

/** Variables of the audit service. */
export const auditConfig = {
  ANCHOR_INTERVAL_MS: {
    type: 'milliseconds',
    default: 200,
    doc: 'from one batch of the audit log to the next: longer is cheaper, shorter is anchored sooner',
  },
  LOG_ORIGIN: {
    type: 'string',
    default: '',
    doc: 'name of the audit log in its checkpoints (default <host of BASE_URL>/log); once used it cannot change',
  },
} as const;

export interface AuditConfig extends Config<typeof auditConfig> {
  /** Public address of the platform, without a slash at its end; the log is at `<baseUrl>/log`. */
  baseUrl: string;
}
