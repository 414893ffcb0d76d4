import { createHash } from 'node:crypto';
import type { Consent } from '@medplum/fhirtypes';
import { Failure } from '../../../kernel/errors.ts';

/**
 * What the event says of the document that is attached: its SHA-256, in hex.
 * Throws Failure `value` where the attachment's own hash (FHIR R4 §2.24.0.3: SHA-1, base64) is another document's.
 */
export function documentOf({ sourceAttachment }: Consent): { document?: string } {
  const { data, hash } = sourceAttachment ?? {};
  if (!data) return {};
  const digest = (algorithm: string) => createHash(algorithm).update(data, 'base64');
  if (hash === undefined || hash === digest('sha1').digest('base64'))
    return { document: digest('sha256').digest('hex') };
  const message = 'The hash is not the SHA-1 of the attached document, in base64.';
  throw new Failure('value', message, { expression: ['Consent.source'] });
}
