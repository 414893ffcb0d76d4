/** On whose behalf an event happened: taken from the verified token, for the audit trail. */
export interface Agent {
  /** Person id, or client id for a system. */
  subject: string;
  role: string;
  organization?: string;
  /** v3 PurposeOfUse of the token. */
  purpose: string;
  client: string;
  /** Network address of the caller. */
  address?: string;
}
