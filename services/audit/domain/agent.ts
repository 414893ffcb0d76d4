/** Who read the trail: taken from the verified token. */
export interface Agent {
  /** Person id, or client id for a system. */
  subject: string;
  role: string;
  organization?: string;
  /** v3 PurposeOfUse of the token. */
  purpose: string;
  client: string;
}
