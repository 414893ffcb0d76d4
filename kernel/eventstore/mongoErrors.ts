import {
  MongoBulkWriteError,
  MongoError,
  MongoNetworkError,
  MongoOperationTimeoutError,
  MongoServerError,
  MongoServerSelectionError,
} from 'mongodb';
import { Failure } from '../errors.ts';

export const duplicateKey = 11000;
const authenticationFailed = 18;
const unauthorized = 13;
const timeLimitExceeded = 50;
const outOfDiskSpace = 14031;
/** Not on a majority within the time limit: it may get there yet. */
const writeConcernFailed = 64;

/** Driver errors that only say that the database cannot be reached just now, as our own; all others as they are. */
export function translated(error: unknown): unknown {
  if (!(error instanceof MongoError)) return error;
  if (error.code === timeLimitExceeded || error instanceof MongoOperationTimeoutError) {
    return new Failure('timeout', 'The database took too long.', { cause: error });
  }
  if (error.code === outOfDiskSpace)
    return new Failure('unavailable', 'The disk of the database is full: nothing was written.', { cause: error });
  if (isTransient(error) || error.code === writeConcernFailed) {
    return new Failure('unavailable', 'The database does not answer; try again later.', { cause: error });
  }
  return error;
}

/** Whether the same may succeed on another try: the outcome is not known, or there was no primary. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof MongoError)) return false;
  // of a connection that broke under a bulk the driver says so only inside
  if (error instanceof MongoBulkWriteError && error.errorResponse instanceof MongoError)
    return isTransient(error.errorResponse);
  const labels = ['RetryableWriteError', 'TransientTransactionError', 'UnknownTransactionCommitResult'];
  return (
    error instanceof MongoNetworkError ||
    error instanceof MongoServerSelectionError ||
    labels.some((label) => error.hasErrorLabel(label))
  );
}

/** Why the database cannot be used at all, in one line without credentials. */
export function startFailure(error: unknown): Failure {
  return new Failure('unavailable', `MongoDB: ${reason(error)}`, { cause: error });
}

function reason(error: unknown): string {
  if (error instanceof MongoServerError) {
    if (error.code === authenticationFailed) return 'it refuses the user or the password of MONGODB_URL.';
    if (error.code === unauthorized) return 'the user of MONGODB_URL may not use this database: give it readWrite.';
    return `it refuses the connection (${error.codeName ?? error.code}).`;
  }
  const code = certificateError(error);
  if (code) return `its certificate is not trusted (${code}): name its CA with tlsCAFile in MONGODB_URL.`;
  if (error instanceof MongoServerSelectionError || error instanceof MongoNetworkError) {
    return `no primary answers at the hosts of MONGODB_URL (${error.message.replace(/\s+/g, ' ')}).`;
  }
  return `MONGODB_URL cannot be used (${(error as Error).name}).`;
}

/** The code of a TLS failure, wherever the driver put it. */
function certificateError(error: unknown): string | undefined {
  for (let each = error; each instanceof Error; each = inner(each)) {
    const { code } = each as NodeJS.ErrnoException;
    if (typeof code === 'string' && /CERT|SELF_SIGNED|UNABLE_TO|TLS/.test(code)) return code;
  }
}

function inner(error: Error): unknown {
  if (!(error instanceof MongoServerSelectionError)) return error.cause;
  return [...(error.reason?.servers.values() ?? [])].map((server) => server.error).find((each) => each) ?? error.cause;
}
