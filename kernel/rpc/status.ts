import { Metadata, type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { asFailure, Failure, type FailureCode, failures, type Issue } from '../errors.ts';

/** Trailer that carries what a Failure knows beyond status and message: its code and issues, as JSON. */
const trailer = 'healthchain-failure-bin';

/** A Failure as gRPC tells it. */
export function statusOf(error: unknown): StatusObject {
  const { code, message, issues } = asFailure(error);
  const metadata = new Metadata();
  metadata.set(trailer, Buffer.from(JSON.stringify({ code, issues })));
  return { code: failures[code][1], details: message, metadata };
}

/** What callers are told where no handler answered: the driver's own words have addresses in them. */
const unanswered: Readonly<Partial<Record<status, string>>> = {
  [status.UNAVAILABLE]: 'A service that this needs cannot be reached now; try again.',
  [status.DEADLINE_EXCEEDED]: 'A service that this needs did not answer in time; try again.',
};

/** The Failure that a gRPC error tells of: the handler's own where its trailer came along. */
export function failureOf(error: unknown): Failure {
  const { code, details, metadata } = error as ServiceError;
  if (code === undefined || !Object.values(status).includes(code)) return asFailure(error);
  const [sent] = metadata?.get(trailer) ?? [];
  const told = sent ? (JSON.parse(sent.toString()) as { code: FailureCode; issues: Issue[] }) : undefined;
  if (told && Object.hasOwn(failures, told.code)) return new Failure(told.code, details, { issues: told.issues });
  const known = (Object.keys(failures) as FailureCode[]).find((name) => failures[name][1] === code);
  return new Failure(known ?? 'exception', unanswered[code] ?? (details || 'The call failed.'), { cause: error });
}
