import type { FastifyRequest } from 'fastify';
import { Failure } from '../../../kernel/errors.ts';

/** Names under which clients ask for FHIR JSON, and for whatever there is (FHIR R4 §3.1.0.1.11). */
const json = new Set(['application/fhir+json', 'application/json', 'text/json', 'json', 'application/*', '*/*']);

/**
 * Answers are JSON. Throws Failure `not-acceptable` for a client that takes only something else; `_format` overrides
 * the Accept header.
 */
export async function requireJson({ headers, query }: FastifyRequest): Promise<void> {
  const { _format: format } = query as { _format?: string | string[] };
  if (format === undefined ? accepts(headers.accept) : json.has(nameOf(String(format)))) return;
  const expression = [format === undefined ? 'Accept' : '_format'];
  throw new Failure('not-acceptable', 'Answers are application/fhir+json.', { expression });
}

const accepts = (header = '*/*'): boolean =>
  header.split(',').some((range) => json.has(nameOf(range)) && !/;\s*q=0(\.0*)?\s*(;|$)/.test(range));

/** A media type without its parameters; in a query the "+" often comes as the space that it means there. */
const nameOf = (type: string): string => type.split(';', 1)[0]!.trim().replace(' ', '+').toLowerCase();
