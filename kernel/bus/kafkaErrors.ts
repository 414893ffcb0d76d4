import kafkajs from 'kafkajs';
import { Failure } from '../errors.ts';

/** Driver errors as our own: whatever Kafka does not take now may be sent again. */
export function translated(error: unknown): unknown {
  if (!(error instanceof kafkajs.KafkaJSError)) return error;
  if ([...chain(error)].some((each) => typeOf(each) === 'MESSAGE_TOO_LARGE')) {
    return new Failure('too-long', 'An event is larger than the bus takes.', { cause: error });
  }
  return new Failure('unavailable', 'The bus does not answer; try again later.', { cause: error });
}

/** Why the bus cannot be used at all, in one line without credentials. */
export function startFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure('unavailable', `Kafka: ${reason(error)}`, { cause: error });
}

function reason(error: unknown): string {
  const causes = [...chain(error)];
  const type = causes.map(typeOf).find(Boolean) ?? '';
  const message = causes.map(({ message }) => message).join(' ');
  if (/SASL/.test(type) || causes.some(({ name }) => name === 'KafkaJSSASLAuthenticationError')) {
    return 'it refuses KAFKA_SASL_USERNAME with its password, or KAFKA_SASL_MECHANISM.';
  }
  if (/certificate|self.signed|altnames/i.test(message)) {
    return 'its certificate is not trusted: name its CA with KAFKA_TLS_CA.';
  }
  if (/AUTHORIZATION_FAILED/.test(type)) return 'this user may not make or describe its topics: give it the rights.';
  if (type) return `it refuses (${type}).`;
  return 'no broker of KAFKA_BROKERS answers (a wrong address, or TLS on one side only).';
}

function* chain(error: unknown): Iterable<Error> {
  for (let each = error; each instanceof Error; each = each.cause) {
    yield each;
    if ('errors' in each && Array.isArray(each.errors)) for (const inner of each.errors) yield* chain(inner);
  }
}

/** The protocol's name of an error. */
export const typeOf = (error: unknown): string | undefined => (error as { type?: string }).type;
