import type {
  FastifyError,
  FastifyInstance,
  FastifyReply,
  FastifyRequest,
  FastifySchemaValidationError,
} from 'fastify';
import { asFailure, Failure, type FailureCode, failures } from '../errors.ts';

/** The one error handler: OperationOutcome under /fhir, problem+json (RFC 9457) elsewhere. */
export function handleProblems(server: FastifyInstance): void {
  const { bodyLimit = 0 } = server.initialConfig;
  server.setErrorHandler((error: FastifyError, request, reply) => {
    if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE' && declaredLength(request) <= 4 * bodyLimit) readOn(reply);
    return send(request, reply, fromFastify(error));
  });
  server.setNotFoundHandler((request, reply) =>
    send(request, reply, new Failure('not-found', `There is nothing at ${request.method} ${pathOf(request)}.`)),
  );
}

const declaredLength = ({ headers }: FastifyRequest) => Number(headers['content-length']);

/**
 * Keeps the connection of a body that is too long, so that Node reads the rest and drops it. Closed at once, it would be
 * reset while the caller still sends, who then might never read the answer.
 */
const readOn = (reply: FastifyReply) => reply.removeHeader('connection');

/** Fastify's own errors in our terms. */
const codes: Record<string, FailureCode> = {
  FST_ERR_CTP_BODY_TOO_LARGE: 'too-long',
  FST_ERR_CTP_INVALID_MEDIA_TYPE: 'unsupported-media-type',
  FST_ERR_CTP_EMPTY_JSON_BODY: 'structure',
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: 'structure',
};

function fromFastify(error: FastifyError): Failure {
  if (error instanceof Failure) return error;
  if (error.validation) {
    const wrong = choicesTogether(error.validation);
    const issues = wrong.map(({ instancePath, message, params }) => ({
      code: 'invalid' as const,
      diagnostics: message ?? 'is not valid',
      expression: [pathOfField(instancePath, params)],
    }));
    const told = wrong.map(({ instancePath, message }) => `${error.validationContext}${instancePath} ${message}`);
    return new Failure('invalid', `The request is not valid: ${told.join(', ')}.`, { issues });
  }
  const code = codes[error.code];
  if (code) return new Failure(code, error.message, { cause: error });
  if (error.code === 'FST_ERR_CTP_INVALID_JSON_BODY' || error instanceof SyntaxError)
    return new Failure('structure', 'The body is not well-formed JSON.', { cause: error });
  return asFailure(error);
}

/** Who chose none of several literals is told once what may be chosen, and not once for each of them. */
function choicesTogether(errors: FastifySchemaValidationError[]): FastifySchemaValidationError[] {
  const literals = ({ instancePath }: FastifySchemaValidationError) =>
    errors.filter((each) => each.keyword === 'const' && each.instancePath === instancePath);
  const isChoice = (each: FastifySchemaValidationError) => each.keyword === 'anyOf' && literals(each).length > 0;
  const choices = errors.filter(isChoice).map((choice) => {
    const allowed = literals(choice).map(({ params }) => String(params.allowedValue));
    return { ...choice, message: `must be one of ${allowed.join(', ')}` };
  });
  const places = choices.map(({ instancePath }) => instancePath);
  const others = errors.filter(({ keyword, instancePath }) => {
    return !places.includes(instancePath) || (keyword !== 'const' && keyword !== 'anyOf');
  });
  return [...others, ...choices];
}

function pathOfField(instancePath: string, params: Record<string, unknown>): string {
  const field = instancePath.slice(1).replaceAll('/', '.');
  const named =
    params.missingProperty ?? params.additionalProperty ?? (params.requiredProperties as string[] | undefined)?.[0];
  return [field, named].filter(Boolean).join('.') || 'body';
}

const pathOf = ({ url }: FastifyRequest) => url.split('?', 1)[0];

function send(request: FastifyRequest, reply: FastifyReply, failure: Failure) {
  const [status, , issue] = failures[failure.code];
  if (status >= 500) request.log.error({ err: failure.cause ?? failure, code: failure.code }, 'request failed');
  // whatever the route said of its answer is not said of a failure: a tile may be there the next time
  reply.code(status).header('x-request-id', request.id).header('cache-control', 'no-store');
  if (status === 401) reply.header('www-authenticate', challengeTo(request));
  if (status === 429 || status === 503) reply.header('retry-after', '1');
  if (pathOf(request)!.startsWith('/fhir')) {
    return reply.type('application/fhir+json; charset=utf-8').send(JSON.stringify(operationOutcome(failure)));
  }
  const problem = { type: 'about:blank', title: issue, status, detail: failure.message, issues: failure.issues };
  return reply.type('application/problem+json; charset=utf-8').send(JSON.stringify(problem));
}

/** RFC 6750 §3.1: whoever brought no token is told no error. */
const challengeTo = ({ headers }: FastifyRequest) =>
  headers.authorization === undefined ? 'Bearer' : 'Bearer error="invalid_token"';

/** A Failure as FHIR tells it. */
export function operationOutcome({ issues }: Failure) {
  return {
    resourceType: 'OperationOutcome' as const,
    issue: issues.map(({ code, diagnostics, expression }) => ({
      severity: 'error' as const,
      code: failures[code][2],
      diagnostics,
      ...(expression && { expression }),
    })),
  };
}
