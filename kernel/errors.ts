/**
 * The one error table. Domain and adapters throw `Failure` with a FHIR issue-type code (or one of the few we add);
 * REST, gRPC and FHIR doors translate by this table and nowhere else. `message` is public: no patient data in it.
 */
export const failures = {
  // code            HTTP  gRPC  FHIR issue type (http://hl7.org/fhir/issue-type)
  invalid: [400, 3, 'invalid'],
  structure: [400, 3, 'structure'],
  required: [400, 3, 'required'],
  value: [400, 3, 'value'],
  'not-supported': [400, 12, 'not-supported'],
  login: [401, 16, 'login'],
  expired: [401, 16, 'expired'],
  forbidden: [403, 7, 'forbidden'],
  'not-found': [404, 5, 'not-found'],
  'method-not-allowed': [405, 12, 'not-supported'],
  'not-acceptable': [406, 3, 'not-supported'],
  conflict: [409, 10, 'conflict'],
  duplicate: [409, 6, 'duplicate'],
  deleted: [410, 5, 'deleted'],
  'precondition-failed': [412, 9, 'conflict'],
  'multiple-matches': [412, 9, 'multiple-matches'],
  'too-long': [413, 8, 'too-long'],
  'unsupported-media-type': [415, 3, 'not-supported'],
  processing: [422, 3, 'processing'],
  'business-rule': [422, 9, 'business-rule'],
  throttled: [429, 8, 'throttled'],
  exception: [500, 13, 'exception'],
  unavailable: [503, 14, 'transient'],
  timeout: [504, 4, 'timeout'],
} as const satisfies Record<string, readonly [http: number, grpc: number, issue: string]>;

export type FailureCode = keyof typeof failures;

/** One thing that is wrong; `expression` is the FHIRPath of the element, or the name of the parameter. */
export interface Issue {
  code: FailureCode;
  diagnostics: string;
  expression?: string[];
}

export class Failure extends Error {
  readonly code: FailureCode;
  readonly issues: Issue[];

  /**
   * @param code what kind of failure; decides HTTP status, gRPC status and FHIR issue type
   * @param message public text: says what is wrong and what to do
   * @param more.cause the inner error, for the log only; more.expression the element; more.issues where there are several
   */
  constructor(
    code: FailureCode,
    message: string,
    more: { cause?: unknown; expression?: string[]; issues?: Issue[] } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'Failure';
    this.code = code;
    this.issues = more.issues ?? [
      { code, diagnostics: message, ...(more.expression && { expression: more.expression }) },
    ];
  }
}

/** Another writer was first: the stream is not at the version that the append expected. */
export class WrongVersion extends Failure {
  readonly stream: string;
  constructor(stream: string, expected: number) {
    super('conflict', 'Somebody else changed this at the same time; read it again and retry.', {
      cause: `${stream} is not at version ${expected}`,
    });
    this.name = 'WrongVersion';
    this.stream = stream;
  }
}

/** What the outside may know of any error: a `Failure` as it is, everything else as an `exception` without its text. */
export function asFailure(error: unknown): Failure {
  if (error instanceof Failure) return error;
  return new Failure('exception', 'Something went wrong on our side; the log has it under the request id.', {
    cause: error,
  });
}
