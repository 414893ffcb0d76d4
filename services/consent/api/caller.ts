import type { FastifyRequest } from 'fastify';
import type { Caller } from '../app/caller.ts';

/** Who asks, of a request whose token was verified. */
export const callerOf = ({ actor, id }: FastifyRequest): Caller => ({ actor: actor!, requestId: id });

/** Idempotency-Key; empty: none. */
export const keyOf = ({ headers }: FastifyRequest): string => String(headers['idempotency-key'] ?? '');
